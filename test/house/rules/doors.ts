import { posix } from 'node:path';
import ts from 'typescript';
import { DOORS, nodesOf, place, type Source } from '../repository.js';
import type { Rule } from '../rule.js';
import { targetOf } from './imports.js';

/** The sources that users import from, and that `bin` and Nest's command line load: they let out what is asked for there. */
const OF_USERS = new Set([...DOORS.values(), 'lib/cli/index.ts', 'lib/schematics/index.ts']);

function isDoor({ path }: Source): boolean {
  return /^lib\/[^/]+\/index\.ts$/.test(path) && !OF_USERS.has(path);
}

/** The module that a node imports from, and what names it there. */
function namesIn(node: ts.Node): [from: ts.Expression | undefined, names: readonly ts.Node[]] | undefined {
  if (ts.isImportDeclaration(node)) {
    const bindings = node.importClause?.namedBindings;
    return [node.moduleSpecifier, bindings && ts.isNamedImports(bindings) ? bindings.elements : []];
  }
  if (ts.isExportDeclaration(node)) {
    return [
      node.moduleSpecifier,
      node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [],
    ];
  }
  if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name) && node.body && ts.isModuleBlock(node.body)) {
    return [node.name, node.body.statements];
  }
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return undefined;
  const call = [...nodesOf(node)].find(ts.isCallExpression);
  const isImport = call?.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isImport ? [call?.arguments[0], node.name.elements] : undefined;
}

function nameOf(node: ts.Node): string {
  const { propertyName, name } = node as Partial<Record<'propertyName' | 'name', ts.Node>>;
  return (propertyName ?? name)?.getText() ?? '';
}

/** The names that sources outside a room import from its door: `lib/core/index.ts Signal`. */
function usedBy(sources: readonly Source[]): Set<string> {
  const used = new Set<string>();
  for (const source of sources) {
    for (const node of nodesOf(source.ast)) {
      const [from, names] = namesIn(node) ?? [];
      const target = from && ts.isStringLiteral(from) ? targetOf(source, from.text) : undefined;
      if (!target || source.path.startsWith(`${posix.dirname(target)}/`)) continue;
      for (const one of names ?? []) used.add(`${target} ${nameOf(one)}`);
    }
  }
  return used;
}

function unused(sources: readonly Source[]): string[] {
  const used = usedBy(sources);
  return sources.filter(isDoor).flatMap(door =>
    door.ast.statements.filter(ts.isExportDeclaration).flatMap(statement => {
      const { exportClause } = statement;
      if (!exportClause || !ts.isNamedExports(exportClause))
        return [`${place(door, statement)} lets out all of a file`];
      const names = exportClause.elements.map(({ name }) => name.text);
      return names
        .filter(name => !used.has(`${door.path} ${name}`))
        .map(name => `${place(door, statement)} lets out ${name}`);
    }),
  );
}

export const DOOR_RULES: readonly Rule<Source>[] = [
  {
    says: 'a room lets out what other rooms use, by name, and no more',
    check: unused,
    broken: {
      by: {
        'lib/core/index.ts': `
          export { nameOf, Signal as Base, type Message } from './signal.js';
          export { Registry, type KnownTypes } from './registry.js';
          export * from './message.js';`,
        'lib/core/registry.ts': `import { nameOf } from './index.js';`,
        'lib/known-types.ts': `declare module './core/index.js' { interface KnownTypes {} }`,
        'lib/http/request.ts': `import { type Message, Base as Own } from '../core/index.js';`,
      },
      findings: [
        'lib/core/index.ts:2 lets out nameOf',
        'lib/core/index.ts:3 lets out Registry',
        'lib/core/index.ts:4 lets out all of a file',
      ],
    },
  },
];
