import type { Source, TextFile } from '../repository.js';
import type { Rule } from '../rule.js';
import { titlesOf } from './specs.js';

const AVOIDED =
  /\b(?:[Tt]ells?|[Tt]old|[Hh]ears?|[Hh]eard|[Ww]anted|isWanted|[Ww]hoever|[Nn]obody|NOBODY)\b|\b(?:tell|told|hear)(?=[A-Z])/g;

const OPENING = /\/\*\*\s+(?:\*\s+)?(What|The same)\b/g;

function found(pattern: RegExp): (files: readonly TextFile[]) => string[] {
  return files =>
    files.flatMap(({ path, text }) =>
      [...text.matchAll(pattern)].map(match => `${path} has '${match[1] ?? match[0]}'`),
    );
}

/** Of documents and samples, as of lib. */
export const PROSE_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'say in plain words who is called, and what is sent or reported',
    check: found(AVOIDED),
    broken: {
      by: { 'README.md': 'Whoever hears a signal\nis told of it.', 'bench/a.ts': 'const sent = 1;' },
      told: ["README.md has 'Whoever'", "README.md has 'hears'", "README.md has 'told'"],
    },
  },
];

export const TITLE_RULES: readonly Rule<Source>[] = [
  {
    says: 'have titles in plain words',
    check: sources =>
      sources.flatMap(source =>
        titlesOf(source).flatMap(({ place, title }) =>
          // The name of a value that is put in is no word of the title.
          [...title.replace(/\$[\w.]+/g, '').matchAll(AVOIDED)].map(([word]) => `${place} has '${word}'`),
        ),
      ),
    broken: {
      by: { 'test/a.spec.ts': "it('tells $told', () => {});\nit.each([1])('sends to nobody', () => {});" },
      told: ["test/a.spec.ts:1 has 'tells'", "test/a.spec.ts:2 has 'nobody'"],
    },
  },
];

export const WORD_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'a signal is sent, a receiver is called, an error is reported: no other verb stands for these',
    check: found(AVOIDED),
    broken: {
      by: {
        'lib/core/a.ts': '/** Tells whoever hears. */\nexport const isWanted = tellAll;',
        'lib/core/b.ts': '/** Sends to every receiver. */\nexport type One<Filter> = Filter;',
      },
      told: [
        "lib/core/a.ts has 'Tells'",
        "lib/core/a.ts has 'whoever'",
        "lib/core/a.ts has 'hears'",
        "lib/core/a.ts has 'isWanted'",
        "lib/core/a.ts has 'tell'",
      ],
    },
  },
  {
    says: 'a docstring stands alone: it does not begin with "What" or "The same"',
    check: found(OPENING),
    broken: {
      by: {
        'lib/core/a.ts': '/** What is sent. */\nconst one = 1;\n/**\n * The same for two.\n */\nconst two = 2;',
        'lib/core/b.ts': '/** The payload. What it has is frozen. */\nconst one = 1;',
      },
      told: ["lib/core/a.ts has 'What'", "lib/core/a.ts has 'The same'"],
    },
  },
  {
    says: 'a count is said in English, and a fix is an instruction',
    check: found(/\w+\(s\)|\bfix: *['"`][^'"`\n]*\?['"`]/g),
    broken: {
      by: {
        'lib/core/a.ts': "const what = `${count} message(s)`;\nconst error = { fix: 'is it the right one?' };",
        'lib/core/b.ts': "const error = { fix: `write '${uid}?' if it may be absent.` };",
      },
      told: ["lib/core/a.ts has 'message(s)'", "lib/core/a.ts has 'fix: 'is it the right one?''"],
    },
  },
];
