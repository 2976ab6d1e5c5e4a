import ts from 'typescript';
import { nodesOf, place, type Source, type TextFile } from '../repository.js';
import type { Rule } from '../rule.js';
import { longerThan } from './shape.js';

const LONGEST_PAUSE_MS = 100;

const LONGEST_FILE = 300;

const TESTS = /^(it|test|describe|[fx](it|test|describe))$/;

/** Put together here, so that this file does not break its own rule. */
const MARKS = ['TO' + 'DO', 'FIX' + 'ME', 'X'.repeat(3)];

/** A call of `it`, `test` or `describe`: `it.each(...)('title', ...)`. */
interface TestCall {
  readonly node: ts.CallExpression;
  /** `it`, `each` */
  readonly names: readonly string[];
  readonly title: string | undefined;
}

function testCallsOf(source: Source): TestCall[] {
  return [...nodesOf(source.ast)].filter(ts.isCallExpression).flatMap(node => {
    const names = namesOf(node.expression);
    // The title is in the outermost call.
    const isOuter = !ts.isCallExpression(node.parent) || node.parent.expression !== node;
    const isTest = names.length > 0 && TESTS.test(names[0]!) && isOuter && !ts.isPropertyAccessExpression(node.parent);
    return isTest ? [{ node, names, title: titleOf(node.arguments[0]) }] : [];
  });
}

/** `it`, `each` of `it.each(...)`; nothing for other expressions. */
function namesOf(node: ts.Expression): string[] {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isPropertyAccessExpression(node)) {
    const names = namesOf(node.expression);
    return names.length > 0 ? [...names, node.name.text] : [];
  }
  if (ts.isCallExpression(node)) return namesOf(node.expression);
  return ts.isTaggedTemplateExpression(node) ? namesOf(node.tag) : [];
}

function titleOf(node: ts.Expression | undefined): string | undefined {
  if (!node) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) || ts.isBinaryExpression(node) ? node.getText() : undefined;
}

/** A title, with those of the `describe` that it stands in. */
function fullTitleOf({ node, title }: TestCall, calls: readonly TestCall[]): string {
  const around = calls.filter(other => other.node !== node && other.node.pos <= node.pos && other.node.end >= node.end);
  return [...around.map(other => other.title), title].join(' > ');
}

function repeatedTitles(source: Source): string[] {
  const calls = testCallsOf(source);
  const titles = calls
    .filter(({ names, title }) => !names[0]!.endsWith('describe') && title !== undefined)
    .map(call => fullTitleOf(call, calls));
  return [...new Set(titles.filter((title, at) => titles.indexOf(title) !== at))].map(
    title => `${source.path} has two: ${title}`,
  );
}

function findingsOfCalls(
  findingOf: (call: TestCall) => string | false | undefined,
): (sources: readonly Source[]) => string[] {
  return sources =>
    sources.flatMap(source =>
      testCallsOf(source).flatMap(call => {
        const finding = findingOf(call);
        return finding ? [`${place(source, call.node)} ${finding}`] : [];
      }),
    );
}

function leftOut({ names }: TestCall): string | false {
  const isOut = /^[fx]/.test(names[0]!) || names.some(name => ['skip', 'only', 'todo', 'failing'].includes(name));
  return isOut && names.join('.');
}

/** The names under which a source knows timers whose first argument is the time. */
function pausesOf({ ast }: Source): string[] {
  const imports = ast.statements
    .filter(ts.isImportDeclaration)
    .filter(it => /timers\/promises['"]$/.test(it.moduleSpecifier.getText()));
  const bindings = imports
    .map(it => it.importClause?.namedBindings)
    .filter(it => it !== undefined && ts.isNamedImports(it));
  return bindings.flatMap(it => it.elements.map(({ name }) => name.text));
}

function longPauses(source: Source): string[] {
  const pauses = pausesOf(source);
  return [...nodesOf(source.ast)].filter(ts.isCallExpression).flatMap(node => {
    const name = namesOf(node.expression).at(-1) ?? '';
    const isPause = pauses.includes(name);
    const isTimer = name === 'setTimeout' && !node.expression.getText().startsWith('jest.');
    const time = isPause ? node.arguments[0] : isTimer && node.arguments[1];
    const isLong = time && ts.isNumericLiteral(time) && Number(time.text) >= LONGEST_PAUSE_MS;
    return isLong && !(isPause && isCutShort(node)) ? [`${place(source, node)} waits ${Number(time.text)} ms`] : [];
  });
}

/** `pause(60_000, undefined, { signal })` lasts until it is aborted. */
function isCutShort({ arguments: [, , options] }: ts.CallExpression): boolean {
  const properties = options && ts.isObjectLiteralExpression(options) ? options.properties : [];
  return properties.some(({ name }) => name?.getText() === 'signal');
}

export const TEXT_RULES: readonly Rule<TextFile>[] = [
  {
    says: `hold no ${MARKS.join(', ')}: what is to be done stands in an issue`,
    check: files =>
      files.flatMap(({ path, text }) =>
        text
          .split('\n')
          .flatMap((line, at) =>
            MARKS.filter(mark => new RegExp(`\\b${mark}\\b`).test(line)).map(mark => `${path}:${at + 1} ${mark}`),
          ),
      ),
    broken: {
      by: { 'lib/a.ts': `// ${MARKS[0]}: all\nmktemp ${MARKS[2]}${MARKS[2]}\n// ${MARKS[2]}` },
      findings: [`lib/a.ts:1 ${MARKS[0]}`, `lib/a.ts:3 ${MARKS[2]}`],
    },
  },
];

export const SPEC_RULES: readonly Rule<Source>[] = [
  {
    says: `have at most ${LONGEST_FILE} lines in a file: a longer one is about several subjects`,
    check: longerThan(LONGEST_FILE),
    broken: {
      by: { 'test/a.spec.ts': '\n'.repeat(LONGEST_FILE) + 'a', 'test/b.ts': '\n'.repeat(LONGEST_FILE - 1) + 'a' },
      findings: [`test/a.spec.ts has ${LONGEST_FILE + 1} lines`],
    },
  },
  {
    says: 'are all run: none is skipped, and none is run alone',
    check: findingsOfCalls(leftOut),
    broken: {
      by: {
        'test/a.spec.ts': `it.skip('a', f); it.only.each([1])('b', f); it('c', f); fdescribe('d', f); test.todo('e'); it.each([1])('f', f)`,
      },
      findings: [
        'test/a.spec.ts:1 it.skip',
        'test/a.spec.ts:1 it.only.each',
        'test/a.spec.ts:1 fdescribe',
        'test/a.spec.ts:1 test.todo',
      ],
    },
  },
  {
    says: 'have titles that state what is',
    check: findingsOfCalls(({ title }) => title !== undefined && /\bshould\b/i.test(title) && `is titled: ${title}`),
    broken: {
      by: {
        'test/a.spec.ts': "describe('It should be', () => { it.each`a`('Should it?', f); it('shoulders it', f); });",
      },
      findings: ['test/a.spec.ts:1 is titled: It should be', 'test/a.spec.ts:1 is titled: Should it?'],
    },
  },
  {
    says: 'have titles of their own',
    check: sources => sources.flatMap(repeatedTitles),
    broken: {
      by: {
        'test/a.spec.ts':
          "describe('a', () => { it('b', f); it('b', f); }); describe('c', () => { it('b', f); it.each([1])('d', f); test(`d`, f) });",
      },
      findings: ['test/a.spec.ts has two: a > b', 'test/a.spec.ts has two: c > d'],
    },
  },
  {
    says: `never wait ${LONGEST_PAUSE_MS} ms or longer for something to happen`,
    check: sources => sources.flatMap(longPauses),
    broken: {
      by: {
        'test/a.spec.ts': `import { setTimeout as pause } from 'node:timers/promises';
          jest.setTimeout(60_000); setTimeout(f, 1_000); setTimeout(f, 99); pause(100); pause(10);
          pause(200, undefined, { ref: false }); pause(300, undefined, { signal: abortSignal });
          globalThis.setTimeout(f, 2e3);`,
      },
      findings: [
        'test/a.spec.ts:2 waits 1000 ms',
        'test/a.spec.ts:2 waits 100 ms',
        'test/a.spec.ts:3 waits 200 ms',
        'test/a.spec.ts:4 waits 2000 ms',
      ],
    },
  },
];
