import type ts from 'typescript';
import { getOrInsert } from '../../core/index.js';
import { type Binding, bindingsOf } from './bindings.js';
import type { Compiler } from './compiler.js';
import { type Files, resolveModule } from './files.js';
import { hasModifier, nameOf } from './nodes.js';

/** The sources of an application, each read once. */
export class Sources {
  private readonly read = new Map<string, Source | undefined>();
  /** Whether relative imports need an extension: in applications of ES modules. */
  readonly hasExtensions = this.json<{ type: unknown }>('package.json')?.type === 'module';

  constructor(
    readonly ts: Compiler,
    readonly files: Files,
  ) {}

  /** The source at a path; undefined if there is no such file. */
  at(path: string): Source | undefined {
    return getOrInsert(this.read, path, () => {
      const text = this.files.read(path);
      return text === undefined ? undefined : new Source(this, path, text);
    });
  }

  /** Reads a file of JSON, which may have comments; undefined if there is none. */
  json<T extends object>(path: string): Partial<T> | undefined {
    const text = this.files.read(path);
    return text === undefined ? undefined : (this.ts.parseConfigFileTextToJson(path, text).config as Partial<T>);
  }
}

/** A declaration, and the source that it is in. */
export interface Declared {
  readonly source: Source;
  readonly node: ts.Declaration;
}

/** A source file of an application, and how its author writes. */
export class Source {
  readonly ts: Compiler;
  readonly ast: ts.SourceFile;
  /** The names that it takes from other modules. */
  readonly bindings: readonly Binding[];

  /** @param path - below the folder of the application, with slashes. */
  constructor(
    readonly sources: Sources,
    readonly path: string,
    readonly text: string,
  ) {
    this.ts = sources.ts;
    this.ast = this.ts.createSourceFile(path, text, this.ts.ScriptTarget.Latest, true);
    this.bindings = bindingsOf(this.ts, this.ast);
  }

  get newline(): string {
    return this.text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** Whether relative imports end with `.js`: here, or in the whole application. */
  get hasExtensions(): boolean {
    const isOne = /^['"]\.{1,2}\/.*\.m?js['"]$/;
    return (
      this.imports.some(({ moduleSpecifier }) => isOne.test(moduleSpecifier.getText())) || this.sources.hasExtensions
    );
  }

  get imports(): readonly ts.ImportDeclaration[] {
    return this.ast.statements.filter(this.ts.isImportDeclaration);
  }

  /** Writes an import with the quotes of the first one, and the semicolon of the last one. */
  importLine(names: string, from: string): string {
    const quote = this.imports[0]?.moduleSpecifier.getText().startsWith('"') ? '"' : "'";
    const semicolon = this.imports.at(-1)?.getText().endsWith(';') === false ? '' : ';';
    return `import ${names} from ${quote}${from}${quote}${semicolon}`;
  }

  /** The name under which it knows what a module exports, if it imports it by that name. */
  localNameOf(imported: string, from: string): string | undefined {
    return this.bindings.find(binding => binding.imported === imported && binding.from === from)?.local;
  }

  /** Whether a node is what one of these modules exports: by its name here, or as a member of the whole module. */
  isExportOf(node: ts.Node, imported: string, ...modules: readonly string[]): boolean {
    const { ts } = this;
    const isKnown = (local: string, name: string) =>
      this.bindings.some(it => it.local === local && it.imported === name && modules.includes(it.from));
    const isMember = (whole: ts.Node, { text }: ts.MemberName) =>
      text === imported && ts.isIdentifier(whole) && isKnown(whole.text, '*');
    if (ts.isIdentifier(node)) return isKnown(node.text, imported);
    if (ts.isQualifiedName(node)) return isMember(node.left, node.right);
    return ts.isPropertyAccessExpression(node) && isMember(node.expression, node.name);
  }

  /** Finds what a name means here, or in the file of the application that it is imported from. */
  declarationOf(name: string, seen: readonly Source[] = []): Declared | undefined {
    if (seen.includes(this)) return undefined;
    const node = this.declarations.find(
      one => nameOf(one) === name || (name === 'default' && hasModifier(one, 'default')),
    );
    if (node) return { source: this, node };
    const binding = this.bindings.find(({ local }) => local === name);
    for (const { from, imported } of binding ? [binding] : this.passedOn(name)) {
      const path = resolveModule(this.sources.files, this.path, from);
      const other = path === undefined ? undefined : this.sources.at(path);
      const found = other?.declarationOf(imported, [...seen, this]);
      if (found) return found;
    }
    return undefined;
  }

  private get declarations(): ts.Declaration[] {
    const { ts } = this;
    return this.ast.statements.flatMap((statement): readonly ts.Declaration[] => {
      if (ts.isVariableStatement(statement)) return statement.declarationList.declarations;
      const isOne =
        ts.isClassDeclaration(statement) ||
        ts.isEnumDeclaration(statement) ||
        ts.isInterfaceDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement);
      return isOne ? [statement] : [];
    });
  }

  /** The modules from which it exports a name that is not its own. */
  private passedOn(name: string): { from: string; imported: string }[] {
    const { ts } = this;
    return this.ast.statements.filter(ts.isExportDeclaration).flatMap(({ exportClause, moduleSpecifier }) => {
      if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
      const from = moduleSpecifier.text;
      if (!exportClause) return [{ from, imported: name }];
      if (!ts.isNamedExports(exportClause)) return [];
      const one = exportClause.elements.find(element => element.name.text === name);
      return one ? [{ from, imported: (one.propertyName ?? one.name).text }] : [];
    });
  }

  /** The node and all that it is made of, in the order of the text. */
  *nodes(node: ts.Node = this.ast): Generator<ts.Node> {
    yield node;
    const children: ts.Node[] = [];
    this.ts.forEachChild(node, child => void children.push(child));
    for (const child of children) yield* this.nodes(child);
  }

  identifiers(node?: ts.Node): ts.Identifier[] {
    return [...this.nodes(node)].filter(this.ts.isIdentifier);
  }

  /** The spaces or tabs before the first thing in the line of a place. */
  indentAt(place: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.lineStart(place)))?.[0] ?? '';
  }

  /** Where the next line begins, or where the text ends. */
  nextLine(place: number): number {
    const end = this.text.indexOf('\n', place);
    return end < 0 ? this.text.length : end + 1;
  }

  /** Whether a node is the first thing in its line. */
  beginsLine(node: ts.Node): boolean {
    const start = node.getStart();
    return this.text.slice(this.lineStart(start), start).trim() === '';
  }

  private lineStart(place: number): number {
    return this.text.lastIndexOf('\n', place - 1) + 1;
  }

  /** `src/orders.service.ts:12` */
  placeOf(node: ts.Node): string {
    return `${this.path}:${this.ast.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  }

  /** Removes parentheses and claims about types. */
  bare(node: ts.Expression): ts.Expression {
    const { ts } = this;
    const isWrapped =
      ts.isParenthesizedExpression(node) ||
      ts.isAssertionExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isNonNullExpression(node);
    return isWrapped ? this.bare(node.expression) : node;
  }
}
