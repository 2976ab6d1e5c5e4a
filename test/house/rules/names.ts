import ts from 'typescript';
import { nodesOf, place, type Source, type TextFile } from '../repository.js';
import type { Rule } from '../rule.js';

/** Words for what this library calls signal, sender, receiver, and words that say nothing. */
const FORBIDDEN = ['event', 'listener', 'handler', 'subscriber', 'emitter', 'bus', 'manager', 'helper', 'util'];

/** Names that others chose, and that ours may contain. */
const THIRD_PARTY = ['EntityManager'];

/** Say how many of what: `timeoutMs`. */
const DURATIONS = ['timeout', 'delay', 'duration', 'interval', 'backoff', 'ttl'];

const FORBIDDEN_FOLDERS = ['interfaces', 'utils', 'constants', 'decorators', 'common', 'helpers'];

/** The words of a camelCase, PascalCase, kebab-case or UPPER_CASE name, in lower case and without a plural s. */
function wordsOf(name: string): string[] {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return words.map(word => word.toLowerCase()).map(word => (FORBIDDEN.includes(word) ? word : word.replace(/s$/, '')));
}

function forbiddenWordIn(name: string): string | undefined {
  const own = THIRD_PARTY.reduce((rest, theirs) => rest.replace(new RegExp(theirs, 'gi'), '_'), name);
  return wordsOf(own).find(word => FORBIDDEN.includes(word));
}

/** The names that a source gives; those that it imports were given by others. */
function declaredIn({ ast }: Source): ts.Identifier[] {
  return [...nodesOf(ast)].filter(ts.isIdentifier).filter(node => {
    const { parent } = node;
    if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent))
      return parent.propertyName !== undefined && parent.name === node;
    if (ts.isBindingElement(parent)) return parent.name === node && parent.propertyName !== undefined;
    if (repeats(parent, node.text)) return false;
    const isDeclaration = ts.isImportClause(parent) || ts.isNamespaceImport(parent) || isNamedDeclaration(parent);
    return isDeclaration && parent.name === node;
  });
}

/** `let helper: typeof Core.helper`. */
function repeats(node: ts.Node, name: string): boolean {
  const type = ts.isVariableDeclaration(node) ? node.type : undefined;
  if (!type || !ts.isTypeQueryNode(type) || !ts.isQualifiedName(type.exprName)) return false;
  return type.exprName.right.text === name;
}

function isNamedDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isTypeParameterDeclaration(node) ||
    ts.isClassElement(node) ||
    ts.isTypeElement(node) ||
    ts.isEnumMember(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isClassLike(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

function selectNames(
  findingOf: (name: string, node: ts.Identifier) => string | undefined | false,
): (sources: readonly Source[]) => string[] {
  return sources =>
    sources.flatMap(source =>
      declaredIn(source).flatMap(node => {
        const finding = findingOf(node.text, node);
        return finding ? [`${place(source, node)} ${node.text}: ${finding}`] : [];
      }),
    );
}

export const NAME_RULES: readonly Rule<Source>[] = [
  {
    says: 'names use the words of the house: signal, sender, receiver, not event, listener, handler',
    check: selectNames(name => forbiddenWordIn(name)),
    broken: {
      by: {
        'lib/core/a.ts': `
          import { helper, type EventArgs } from '@mikro-orm/core';
          import { Channel as EventBus } from './channel.js';
          interface KnownTypes { entityManager: EntityManager; eventManager: unknown }
          class SignalListeners { constructor(private readonly handlerOf: Map<string, string>) {} }
          function businessUtils({ subscriber: subscribers }: Business, handle: unknown) { const { emitter } = options; }
          export { a as MAX_EVENTS };
          let helper: typeof Core.helper;`,
      },
      findings: [
        'lib/core/a.ts:3 EventBus: event',
        'lib/core/a.ts:4 eventManager: event',
        'lib/core/a.ts:5 SignalListeners: listener',
        'lib/core/a.ts:5 handlerOf: handler',
        'lib/core/a.ts:6 businessUtils: util',
        'lib/core/a.ts:6 subscribers: subscriber',
        'lib/core/a.ts:7 MAX_EVENTS: event',
      ],
    },
  },
  {
    says: 'files use the words of the house',
    check: sources =>
      sources.flatMap(({ path }) => {
        const word = forbiddenWordIn(path.split('/').slice(1).join('/').replace('entity-manager', '_'));
        return word === undefined ? [] : [`${path}: ${word}`];
      }),
    broken: {
      by: { 'lib/core/event-source.ts': '', 'lib/nest/handlers/room.ts': '', 'lib/mikro-orm/entity-manager.ts': '' },
      findings: ['lib/core/event-source.ts: event', 'lib/nest/handlers/room.ts: handler'],
    },
  },
  {
    says: 'durations end in their unit',
    check: selectNames(name => DURATIONS.includes(wordsOf(name).at(-1)!) && 'in which unit?'),
    broken: {
      by: { 'lib/core/a.ts': `interface Options { timeout?: number; timeoutMs?: number; SHUTDOWN_TIMEOUT: number; }` },
      findings: ['lib/core/a.ts:1 timeout: in which unit?', 'lib/core/a.ts:1 SHUTDOWN_TIMEOUT: in which unit?'],
    },
  },
  {
    says: 'interfaces are not marked with an I',
    check: selectNames((name, { parent }) => ts.isInterfaceDeclaration(parent) && /^I[A-Z]/.test(name) && 'an I'),
    broken: {
      by: { 'lib/core/a.ts': `interface IMessage { ID: string } interface Item {}` },
      findings: ['lib/core/a.ts:1 IMessage: an I'],
    },
  },
];

export const FOLDER_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'folders are named by subject, never by kind of syntax',
    check: files => [
      ...new Set(
        files.flatMap(({ path }) => {
          const folders = path.split('/').slice(0, -1);
          const at = folders.findIndex(folder => FORBIDDEN_FOLDERS.includes(folder));
          return at < 0 ? [] : [folders.slice(0, at + 1).join('/')];
        }),
      ),
    ],
    broken: {
      by: { 'lib/nest/decorators/on-signal.ts': '', 'test/common/a.spec.ts': '', 'lib/nest/utils.ts': '' },
      findings: ['lib/nest/decorators', 'test/common'],
    },
  },
];
