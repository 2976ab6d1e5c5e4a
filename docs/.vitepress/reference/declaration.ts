import ts from 'typescript';
import type { Source } from '../../../test/house/repository.ts';
import { type Docstring, docstringOf } from './docstring.ts';
import type { Exported, Sources } from './exports.ts';

/** A property or a method, as a reader sees it: overloads are one. */
export interface Member {
  readonly name: string;
  readonly nodes: readonly (ts.ClassElement | ts.TypeElement)[];
  readonly source: Source;
}

/** Returns the code that declares a name, without bodies, comments and values that are computed. */
export function codeOf(node: ts.Node, source: Source): string {
  const { text, ast } = source;
  if (ts.isVariableStatement(node)) return constantOf(node.declarationList.declarations[0]!, source);
  const body = bodyOf(node);
  const end = body ? body.getStart(ast) : node.getEnd();
  const start = afterDecorators(node, ast);
  const code = text
    .slice(start, end)
    .replace(/^\s*(\/\/|\/\*\*?).*\n/gm, '')
    .trim();
  return dedent(code.replace(/^(export |async )/, '').replace(/[\s{;]+$/, ''), columnOf(start, ast));
}

function constantOf({ name, type, initializer }: ts.VariableDeclaration, source: Source): string {
  const declared = `const ${name.getText(source.ast)}`;
  if (type) return `${declared}: ${type.getText(source.ast)}`;
  if (initializer && ts.isLiteralExpression(initializer)) return `${declared} = ${initializer.getText(source.ast)}`;
  if (!initializer || !ts.isObjectLiteralExpression(initializer)) return declared;
  const methods = initializer.properties.filter(ts.isMethodDeclaration).map(method => `  ${codeOf(method, source)};\n`);
  return `${declared}: {\n${methods.join('')}}`;
}

/** Returns the members of a class or an interface that users see, those of unexported interfaces that it extends included. */
export function membersOf({ declarations, source }: Exported, sources: Sources): Member[] {
  return declarations.flatMap(node => {
    if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return [];
    const bases = (node.heritageClauses ?? []).flatMap(({ types, token }) =>
      ts.isInterfaceDeclaration(node) && token === ts.SyntaxKind.ExtendsKeyword ? types : [],
    );
    const inherited = bases.flatMap(({ expression }) => {
      const base = sources.find(expression.getText(source.ast), source);
      return base ? membersOf(base, sources) : [];
    });
    return [...inherited, ...ownMembers(node, source)];
  });
}

function ownMembers(node: ts.ClassDeclaration | ts.InterfaceDeclaration, source: Source): Member[] {
  const members = new Map<string, (ts.ClassElement | ts.TypeElement)[]>();
  for (const member of node.members) {
    const name = member.name && ts.isIdentifier(member.name) ? member.name.text : undefined;
    if (name !== undefined && isPublic(member)) members.set(name, [...(members.get(name) ?? []), member]);
  }
  return [...members]
    .map(([name, nodes]) => ({ name, nodes: signaturesOf(nodes), source }))
    .filter(({ nodes }) => isShown(node, docstringOf(nodes)));
}

/** Returns whether users see a member: a class member without a docstring is for Nest or for another room. */
function isShown(node: ts.Node, { text, isInternal }: Docstring): boolean {
  return !isInternal && (text.length > 0 || ts.isInterfaceDeclaration(node));
}

/** Returns the signatures that callers see of overloads. */
function signaturesOf<Node extends ts.Node>(nodes: readonly Node[]): readonly Node[] {
  const declared = nodes.filter(node => !bodyOf(node));
  return declared.length > 0 && nodes.some(ts.isMethodDeclaration) ? declared : nodes;
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  return !modifiers.some(
    ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
  );
}

function bodyOf(node: ts.Node): ts.Node | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) return node.body;
  return undefined;
}

function afterDecorators(node: ts.Node, ast: ts.SourceFile): number {
  const decorators = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  const last = decorators.at(-1);
  if (!last) return node.getStart(ast);
  const rest = ast.text.slice(last.getEnd());
  return last.getEnd() + (rest.length - rest.trimStart().length);
}

function columnOf(position: number, ast: ts.SourceFile): number {
  return ast.getLineAndCharacterOfPosition(position).character;
}

function dedent(code: string, margin: number): string {
  const indent = new RegExp(`^ {0,${margin}}`);
  return code
    .split('\n')
    .map((line, at) => (at === 0 ? line : line.replace(indent, '')))
    .join('\n');
}
