import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { fileAt, filesIn } from '../house/repository.ts';
import { runInPairs } from './in-pairs.ts';
import { check, EXAMPLES } from './readme-check.ts';
import { exampleIn } from './readme-examples.ts';
import { pack } from './tarball.ts';

// Does with the examples of the manual what its readers do: pastes them into an empty Nest application that has the
// packed package installed, and runs it.

const pages = [...filesIn('docs').filter(({ path }) => path.endsWith('.md')), fileAt('README.md')];
const examples = Object.keys(EXAMPLES).map(sample => ({ sample, example: exampleIn(pages, sample) }));

const isStored = ({ sample }) => EXAMPLES[sample].includes('@mikro-orm/postgresql');
const { stored = [], alone = [] } = Object.groupBy(examples, one => (isStored(one) ? 'stored' : 'alone'));

const tarball = await pack();
const server = await startEmbeddedPostgres();
process.env.DATABASE_URL = server.url;
try {
  // Those that use one database run one after another.
  await runInPairs(
    [stored, ...alone.map(one => [one])].map(some => [
      some.map(({ sample }) => sample).join(' and '),
      async () => {
        for (const { sample, example } of some) await check(sample, example, tarball);
      },
    ]),
  );
} finally {
  await server.stop();
}
