import type ts from 'typescript';
import type { Compiler } from './compiler.js';

/** A source file of an application, and how its author writes. */
export class Source {
  readonly ast: ts.SourceFile;

  /** @param path - below the folder of the application, with slashes. */
  constructor(
    readonly ts: Compiler,
    readonly path: string,
    readonly text: string,
  ) {
    this.ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  }

  get newline(): string {
    return this.text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** The mark around the first imported name. */
  get quote(): string {
    const specifier = this.imports[0]?.moduleSpecifier.getText(this.ast);
    return specifier?.startsWith('"') === true ? '"' : "'";
  }

  get semicolon(): string {
    const last = this.imports.at(-1);
    return last === undefined || last.getText(this.ast).endsWith(';') ? ';' : '';
  }

  /** Whether relative imports end with `.js`. */
  get hasExtensions(): boolean {
    return this.imports.some(({ moduleSpecifier }) =>
      /^['"]\.{1,2}\/.*\.m?js['"]$/.test(moduleSpecifier.getText(this.ast)),
    );
  }

  get imports(): readonly ts.ImportDeclaration[] {
    return this.ast.statements.filter(this.ts.isImportDeclaration);
  }

  /** The node and all that it is made of, in the order of the text. */
  *nodes(node: ts.Node = this.ast): Generator<ts.Node> {
    yield node;
    const children: ts.Node[] = [];
    this.ts.forEachChild(node, child => void children.push(child));
    for (const child of children) yield* this.nodes(child);
  }

  /** The spaces or tabs before the first thing in the line of a place. */
  indentAt(place: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(place)))?.[0] ?? '';
  }

  lineStart(place: number): number {
    return this.text.lastIndexOf('\n', place - 1) + 1;
  }

  /** Where the next line begins, or where the text ends. */
  nextLine(place: number): number {
    const end = this.text.indexOf('\n', place);
    return end < 0 ? this.text.length : end + 1;
  }

  /** Whether a node is the first thing in its line. */
  beginsLine(node: ts.Node): boolean {
    const start = node.getStart(this.ast);
    return this.text.slice(this.lineStart(start), start).trim() === '';
  }

  /** The number of the line of a place, from 1. */
  lineAt(place: number): number {
    return this.ast.getLineAndCharacterOfPosition(place).line + 1;
  }

  /** Removes parentheses and claims about types. */
  bare(node: ts.Expression): ts.Expression {
    const { ts } = this;
    const isWrapped =
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isNonNullExpression(node) ||
      ts.isTypeAssertionExpression(node);
    return isWrapped ? this.bare(node.expression) : node;
  }
}
