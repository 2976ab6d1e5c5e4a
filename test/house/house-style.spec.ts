import { filesAtTheTop, filesIn, filesOf, sourcesIn, sourcesOf } from './repository.js';
import { testRules } from './rule.js';
import { SPEC_RULES, TEXT_RULES } from './rules/specs.js';
import { PROSE_RULES, TITLE_RULES } from './rules/words.js';

const files = [...filesAtTheTop(), ...['.ci', 'bench', 'docs', 'lib', 'sample', 'test'].flatMap(filesIn)];
const specs = [...sourcesIn('test'), ...sourcesIn('sample').filter(({ path }) => path.endsWith('.spec.ts'))];

describe('The files of the repository', () => {
  const ownText = files.filter(({ path }) => path !== 'package-lock.json');
  testRules(TEXT_RULES, ownText, filesOf);
});

describe('Documents, samples and benchmarks', () => {
  const isProse = ({ path }: { path: string }) =>
    /^(README|CONTRIBUTING)\.md$|^(bench|docs|sample)\/|^(lib|test)\/.*\.md$/.test(path);
  testRules(PROSE_RULES, files.filter(isProse), filesOf);
});

describe('Tests', () => {
  testRules([...SPEC_RULES, ...TITLE_RULES], specs, sourcesOf);
});
