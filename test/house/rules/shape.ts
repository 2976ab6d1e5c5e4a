import ts from 'typescript';
import { nodesOf, place, type Source } from '../repository.js';
import type { Rule } from '../rule.js';

const FILE_LINES = 200;
const FUNCTION_LINES = 30;

/** Nest may wrap what it makes in a Proxy, through which private members cannot be reached. */
const MADE_BY_NEST = /Signal$|^SignalRegistry$/;
const NEST_DECORATORS = ['Injectable', 'Module', 'Controller', 'Catch'];

function select<Node extends ts.Node>(
  isOne: (node: ts.Node) => node is Node,
  findingOf: (node: Node, source: Source) => string | false | undefined,
): (sources: readonly Source[]) => string[] {
  return sources =>
    sources.flatMap(source =>
      [...nodesOf(source.ast)].filter(isOne).flatMap(node => {
        const finding = findingOf(node, source);
        return finding ? [`${place(source, node)} ${finding}`] : [];
      }),
    );
}

/** Finds the files that have more lines. */
export function longerThan(most: number): (sources: readonly Source[]) => string[] {
  return sources =>
    sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > most)
      .map(({ path, lines }) => `${path} has ${lines} lines`);
}

function linesOf(node: ts.Node, { ast }: Source): number {
  const first = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line;
  return ast.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

/** The members of a class inside a function are functions of their own. */
function tooLong(node: ts.FunctionLikeDeclaration, source: Source): string | false {
  const classes = [...nodesOf(node)].filter(ts.isClassLike);
  const lines = classes.reduce((rest, inner) => rest - linesOf(inner, source), linesOf(node, source));
  return lines > FUNCTION_LINES && `${node.name?.getText() ?? 'a function'} has ${lines} lines`;
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function decoratorsOf(node: ts.HasDecorators): string[] {
  return (ts.getDecorators(node) ?? []).map(({ expression }) =>
    (ts.isCallExpression(expression) ? expression.expression : expression).getText(),
  );
}

function isMadeByNest(node: ts.ClassDeclaration): boolean {
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const names = [node.name?.text, base?.expression.getText()];
  return isInjectable(node) || names.some(name => name !== undefined && MADE_BY_NEST.test(name));
}

function isInjectable(node: ts.ClassDeclaration): boolean {
  return decoratorsOf(node).some(name => NEST_DECORATORS.includes(name));
}

function hidden(node: ts.ClassDeclaration): string | false | undefined {
  const member = isMadeByNest(node) && node.members.find(({ name }) => name && ts.isPrivateIdentifier(name));
  return member && `${node.name?.text} has ${member.name!.getText()}`;
}

function guessed(node: ts.ClassDeclaration): string | false | undefined {
  const maker = isInjectable(node) && node.members.find(ts.isConstructorDeclaration);
  const parameter = maker && maker.parameters.find(it => !decoratorsOf(it).includes('Inject'));
  return parameter && `${node.name?.text} does not say what its ${parameter.name.getText()} is`;
}

/** The modules that may hold state: a loaded package, and the places of functions, belong to no application. */
const OF_THE_LOADER = ['lib/mikro-orm/peer.ts', 'lib/inspector/locations.ts'];

function heldByModule(node: ts.VariableStatement, { path }: Source): string | false {
  if (OF_THE_LOADER.includes(path)) return false;
  if (!ts.isSourceFile(node.parent) || node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword))
    return false;
  const { flags, declarations } = node.declarationList;
  const held = declarations.find(
    ({ initializer }) => (flags & ts.NodeFlags.Const) === 0 || isEmptyCollection(initializer),
  );
  return held !== undefined && `${held.name.getText()} is shared by all applications`;
}

function isEmptyCollection(node: ts.Expression | undefined): boolean {
  if (node && ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  const isNew = node && ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0;
  return isNew === true && /^(Map|Set|WeakMap|WeakSet|AsyncLocalStorage)$/.test(node.expression.getText());
}

function heldByClass(node: ts.PropertyDeclaration): string | false {
  const modifiers = (node.modifiers ?? []).map(({ kind }) => kind);
  const isState = modifiers.includes(ts.SyntaxKind.StaticKeyword) && !modifiers.includes(ts.SyntaxKind.ReadonlyKeyword);
  return isState && `${node.name.getText()} is shared by all applications`;
}

function patched(node: ts.BinaryExpression): string | false {
  const isAssignment = node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isAssignment && /\.prototype\s*[.[]/.test(node.left.getText()) && `patches ${node.left.getText()}`;
}

function isDefaultName(node: ts.Node): boolean {
  return ts.isExportSpecifier(node) && node.name.text === 'default';
}

export const SHAPE_RULES: readonly Rule<Source>[] = [
  {
    says: `a file has at most ${FILE_LINES} lines`,
    check: longerThan(FILE_LINES),
    broken: {
      by: { 'lib/core/long.ts': '// a line\n'.repeat(201), 'lib/core/full.ts': '// a line\n'.repeat(200) },
      findings: ['lib/core/long.ts has 201 lines'],
    },
  },
  {
    says: `a function has at most ${FUNCTION_LINES} lines`,
    check: select(isFunction, tooLong),
    broken: {
      by: {
        'lib/core/long.ts': `class A {\n  /** Not counted. */\n  send() {${'\n'.repeat(30)}}\n  stop() {${'\n'.repeat(29)}}\n}\nexport const go = () => {${'\n'.repeat(30)}};`,
        'lib/core/mixin.ts': `export function mix() {\n  return class { ${'\nsend() {}'.repeat(30)}\n };\n}`,
      },
      findings: ['lib/core/long.ts:3 send has 31 lines', 'lib/core/long.ts:65 a function has 31 lines'],
    },
  },
  {
    says: 'there are named exports only',
    check: select(
      (node): node is ts.Node =>
        ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword || isDefaultName(node),
      () => 'is a default export',
    ),
    broken: {
      by: {
        'lib/core/a.ts': 'export default class {}',
        'lib/core/b.ts': 'const b = 1; export default b;',
        'lib/core/c.ts': `class C {} export { C as default };`,
      },
      findings: [
        'lib/core/a.ts:1 is a default export',
        'lib/core/b.ts:1 is a default export',
        'lib/core/c.ts:1 is a default export',
      ],
    },
  },
  {
    says: 'what Nest makes has no #private members',
    check: select(ts.isClassDeclaration, hidden),
    broken: {
      by: {
        'lib/nest/a.ts':
          '@Injectable() class A { #b = 1; } class B { #c = 1; } class Ping extends Signal { #count() {} }',
      },
      findings: ['lib/nest/a.ts:1 A has #b', 'lib/nest/a.ts:1 Ping has #count'],
    },
  },
  {
    says: 'what Nest makes says what it injects: users may compile without decorator metadata',
    check: select(ts.isClassDeclaration, guessed),
    broken: {
      by: {
        'lib/nest/a.ts':
          '@Injectable() class A { constructor(@Inject(B) readonly b: B, readonly c: C) {} } class D { constructor(e: E) {} }',
      },
      findings: ['lib/nest/a.ts:1 A does not say what its c is'],
    },
  },
  {
    says: 'no module holds anything that changes: two applications in one process share nothing',
    check: select(ts.isVariableStatement, heldByModule),
    broken: {
      by: {
        'lib/core/a.ts': `let count = 0;\nexport const all = new Map<string, number>();\nconst names = ['a'], seen = [];\nconst KNOWN = new Set(['a']);\nfunction f() { let n = new Map(); }`,
      },
      findings: [
        'lib/core/a.ts:1 count is shared by all applications',
        'lib/core/a.ts:2 all is shared by all applications',
        'lib/core/a.ts:3 seen is shared by all applications',
      ],
    },
  },
  {
    says: 'no class holds anything that changes',
    check: select(ts.isPropertyDeclaration, heldByClass),
    broken: {
      by: { 'lib/core/a.ts': `class A { static count = 0; static readonly limit = 1; own = 2; }` },
      findings: ['lib/core/a.ts:1 count is shared by all applications'],
    },
  },
  {
    says: 'no prototype is patched',
    check: select(ts.isBinaryExpression, patched),
    broken: {
      by: { 'lib/passport/a.ts': `Authenticator.prototype.logIn = hook; const p = A.prototype; p.x = 1;` },
      findings: ['lib/passport/a.ts:1 patches Authenticator.prototype.logIn'],
    },
  },
  {
    says: 'nothing that handles requests is registered for a whole application',
    check: select(ts.isIdentifier, ({ text }) => /^APP_(GUARD|INTERCEPTOR|FILTER|PIPE)$/.test(text) && `uses ${text}`),
    broken: {
      by: { 'lib/http/a.ts': `const provider = { provide: APP_INTERCEPTOR, useClass: A };` },
      findings: ['lib/http/a.ts:1 uses APP_INTERCEPTOR'],
    },
  },
  {
    says: 'nothing is cast through unknown',
    check: select(
      ts.isAsExpression,
      ({ expression }) =>
        ts.isAsExpression(expression) &&
        expression.type.kind === ts.SyntaxKind.UnknownKeyword &&
        'is cast through unknown',
    ),
    broken: {
      by: { 'lib/core/a.ts': `const a = b as unknown as string; const c = d as unknown;` },
      findings: ['lib/core/a.ts:1 is cast through unknown'],
    },
  },
];
