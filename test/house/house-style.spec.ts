import { filesAtTheTop, filesIn, filesOf, sourcesIn, sourcesOf } from './repository.js';
import { testRules } from './rule.js';
import { SPEC_RULES, TEXT_RULES } from './rules/specs.js';
import { WORD_RULES } from './rules/words.js';

const files = [...filesAtTheTop(), ...['.ci', 'bench', 'docs', 'lib', 'sample', 'test'].flatMap(filesIn)].filter(
  ({ path }) => path !== 'package-lock.json',
);
const specs = [...sourcesIn('test'), ...sourcesIn('sample').filter(({ path }) => path.endsWith('.spec.ts'))];

describe('The files of the repository', () => {
  testRules(TEXT_RULES, files, filesOf);
});

describe('The words of the repository', () => {
  // The rules themselves name the words, traces of Django are its own, and the build writes the page.
  const isElsewhere = ({ path }: { path: string }) =>
    /^(test\/house\/rules\/words\.ts$|lib\/inspector\/page\/page\.js$|test\/django\/traces\/)/.test(path);
  testRules(
    WORD_RULES,
    files.filter(file => !isElsewhere(file)),
    filesOf,
  );
});

describe('Tests', () => {
  testRules(SPEC_RULES, specs, sourcesOf);
});
