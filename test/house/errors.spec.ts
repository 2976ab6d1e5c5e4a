import ts from 'typescript';
import { SIGNAL_ERROR_CODES, SignalError } from '../../lib/core/message/errors.js';
import { fileAt, nodesOf, place, type Source, sourcesIn, sourcesOf } from './repository.js';
import { type Rule, testRules } from './rule.js';
import { anchorsOf } from './rules/documents.js';
import { codeIn, sectionOf } from './rules/markdown.js';

const lib = sourcesIn('lib');
const codes: readonly string[] = SIGNAL_ERROR_CODES;
const anchors = anchorsOf(fileAt('docs/errors.md'));
const raised = new Set(errorsOf(lib).flatMap(error => error.codes));

describe('Every error', () => {
  const rules: readonly Rule<Source>[] = [
    {
      says: 'has a code of the list',
      check: sources =>
        errorsOf(sources)
          .filter(({ codes: used }) => used.length === 0 || used.some(code => !codes.includes(code)))
          .map(error => `${error.place} ${error.codes.join(', ')}`),
      broken: {
        by: {
          'lib/a.ts': `new SignalError('OOPS', {}); new SignalError(a ? 'NOT_A_SIGNAL' : 'NO', {}); new SignalError('NOT_A_SIGNAL', {})`,
        },
        findings: ['lib/a.ts:1 OOPS', 'lib/a.ts:1 NOT_A_SIGNAL, NO'],
      },
    },
    {
      says: 'says what happened, where, and the one thing to do',
      check: sources =>
        errorsOf(sources).flatMap(error => lacking(error.parts).map(part => `${error.place} has no ${part}`)),
      broken: {
        by: {
          'lib/a.ts': `new SignalError('NO', { what: '', at, fix: 'try again.' }); new SignalError('NO', { what: 'It is so.', fix() {} });`,
        },
        findings: ['lib/a.ts:1 has no what', 'lib/a.ts:1 has no at'],
      },
    },
    {
      says: 'that a docstring promises has a code of the list',
      check: sources =>
        sources.flatMap(({ path, text }) =>
          promisedIn(text)
            .filter(code => !codes.includes(code))
            .map(code => `${path} promises ${code}`),
        ),
      broken: {
        by: { 'lib/a.ts': `/**\n * @throws {SignalError} \`NOT_A_SIGNAL\`,\n * \`OOPS\`.\n * @see \`HERE\` */` },
        findings: ['lib/a.ts promises OOPS'],
      },
    },
  ];
  testRules(rules, lib, sourcesOf);

  it.each(codes)('with the code %s is raised somewhere', code => {
    expect([...raised]).toContain(code);
  });

  it.each(SIGNAL_ERROR_CODES)('with the code %s reads as three parts and a link to its page', code => {
    const cause = new Error('the reason');
    const error = new SignalError(code, { what: 'It is so.', at: 'Receipts.mail', fix: 'do this.', cause });

    expect(error).toMatchObject({ name: 'SignalError', code, cause });
    const [see = '', ...parts] = error.message.split('\n').reverse();
    expect(parts.reverse()).toEqual(['It is so.', '  at:  Receipts.mail', '  fix: do this.']);
    expect(see).toMatch(/^ {2}see: https:/);
    expect(anchors).toContain(see.split('#')[1]);
  });
});

describe('docs/errors.md', () => {
  const page = fileAt('docs/errors.md');

  it('has a heading for every code, in the order of the list', () => {
    const headings = page.text.split('\n').filter(line => line.startsWith('### '));
    expect(headings).toEqual(codes.map(code => `### \`${code}\``));
  });

  it.each(codes)('says of %s what happened, why that is an error, and what to do', code => {
    const section = sectionOf(page, new RegExp(`^\`${code}\`$`)) ?? '';
    expect(section).toMatch(/^\n[^\n-][^\n]+\.\n\n- \*\*Why:\*\* .+\.\n- \*\*Fix:\*\* .+\.\n/);
  });
});

interface RaisedError {
  readonly codes: readonly string[];
  readonly parts: ts.Expression | undefined;
  readonly place: string;
}

/** Where `sources` make a SignalError. */
function errorsOf(sources: readonly Source[]): RaisedError[] {
  return sources.flatMap(source =>
    [...nodesOf(source.ast)]
      .filter(ts.isNewExpression)
      .filter(({ expression }) => expression.getText() === 'SignalError')
      .map(node => {
        const [code, parts] = node.arguments ?? [];
        const literals = code ? [...nodesOf(code)].filter(ts.isStringLiteral) : [];
        return { codes: literals.map(({ text }) => text), parts, place: place(source, node) };
      }),
  );
}

/** The parts of its message that an error is made without. */
function lacking(parts: ts.Expression | undefined): string[] {
  const given = parts && ts.isObjectLiteralExpression(parts) ? parts.properties : [];
  return ['what', 'at', 'fix'].filter(part => {
    const property = given.find(({ name }) => name?.getText() === part);
    const isEmpty =
      property && ts.isPropertyAssignment(property) && /^(''|""|``|undefined)$/.test(property.initializer.getText());
    return property === undefined || isEmpty === true;
  });
}

function promisedIn(text: string): string[] {
  const promises = text.match(/@throws \{SignalError\}[^@]*?(?=\n\s*\* @|\*\/)/g) ?? [];
  return promises.flatMap(codeIn).filter(code => /^[A-Z_]+$/.test(code));
}
