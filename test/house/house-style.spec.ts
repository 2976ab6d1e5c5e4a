import { filesAtTheTop, filesIn, filesOf, sourcesIn, sourcesOf } from './repository.js';
import { testRules } from './rule.js';
import { SPEC_RULES, TEXT_RULES } from './rules/specs.js';

const files = [...filesAtTheTop(), ...['.ci', 'bench', 'lib', 'sample', 'test'].flatMap(filesIn)];
const specs = [...sourcesIn('test'), ...sourcesIn('sample').filter(({ path }) => path.endsWith('.spec.ts'))];

describe('The files of the repository', () => {
  const ownText = files.filter(({ path }) => path !== 'package-lock.json');
  testRules(TEXT_RULES, ownText, filesOf);
});

describe('Tests', () => {
  testRules(SPEC_RULES, specs, sourcesOf);
});
