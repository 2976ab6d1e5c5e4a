import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { fileAt, filesIn } from '../house/repository.ts';
import { check, EXAMPLES } from './readme-check.ts';
import { exampleIn } from './readme-examples.ts';
import { pack } from './tarball.ts';

// Does with the examples of the manual what its readers do: pastes them into an empty Nest application that has the
// packed package installed, and runs it.

const pages = [...filesIn('docs').filter(({ path }) => path.endsWith('.md')), fileAt('README.md')];
const examples = Object.keys(EXAMPLES).map(sample => ({ sample, example: exampleIn(pages, sample) }));

const tarball = await pack();
const server = await startEmbeddedPostgres();
process.env.DATABASE_URL = server.url;
try {
  for (const { sample, example } of examples) {
    const started = performance.now();
    await check(sample, example, tarball);
    console.log(`${sample}: ok (${Math.round((performance.now() - started) / 1000)} s)`);
  }
} finally {
  await server.stop();
}
