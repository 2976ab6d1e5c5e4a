import type { TextFile } from '../repository.js';
import type { Rule } from '../rule.js';

const AVOIDED =
  /\b(?:[Tt]ells?|[Tt]old|[Hh]ears?|[Hh]eard|[Ww]anted|isWanted|[Ww]hoever|[Nn]obody|NOBODY)\b|\b(?:tell|told|hear)(?=[A-Z])/g;

const OPENING =
  /\/\*\*\s+(?:\*\s+)?(?:@internal )?(What|The same|Who|Whose|Whom|Which|Whatever|Of|As|That of|Those|They|It|Its)\b/g;

function found(pattern: RegExp): (files: readonly TextFile[]) => string[] {
  return files =>
    files.flatMap(({ path, text }) =>
      [...text.matchAll(pattern)].map(match => `${path} has '${match[1] ?? match[0]}'`),
    );
}

export const WORD_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'a signal is sent, a receiver is called, an error is reported: no other verb stands for these',
    check: found(AVOIDED),
    broken: {
      by: {
        'lib/core/a.ts': '/** Tells whoever hears. */\nexport const isWanted = tellAll;',
        'lib/core/b.ts': '/** Sends to every receiver. */\nexport type One<Filter> = Filter;',
        'test/a.spec.ts': "it('tells $sent', () => {});\nit.each([1])('sends to nobody', () => {});",
        'README.md': 'Whoever hears a signal\nis told of it.',
      },
      findings: [
        "lib/core/a.ts has 'Tells'",
        "lib/core/a.ts has 'whoever'",
        "lib/core/a.ts has 'hears'",
        "lib/core/a.ts has 'isWanted'",
        "lib/core/a.ts has 'tell'",
        "test/a.spec.ts has 'tells'",
        "test/a.spec.ts has 'nobody'",
        "README.md has 'Whoever'",
        "README.md has 'hears'",
        "README.md has 'told'",
      ],
    },
  },
  {
    says: 'a docstring stands alone: it does not begin with "What", "The same", "Of" or another word that leans on its neighbour',
    check: found(OPENING),
    broken: {
      by: {
        'lib/core/a.ts': '/** What is sent. */\nconst one = 1;\n/**\n * The same for two.\n */\nconst two = 2;',
        'lib/core/b.ts': '/** The payload. What it has is frozen. */\nconst one = 1;',
        'lib/core/c.ts': '/** @internal Of one. */\nconst one = 1;\n/** Often. */\nconst two = 2;',
      },
      findings: ["lib/core/a.ts has 'What'", "lib/core/a.ts has 'The same'", "lib/core/c.ts has 'Of'"],
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
      findings: ["lib/core/a.ts has 'message(s)'", "lib/core/a.ts has 'fix: 'is it the right one?''"],
    },
  },
];
