import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { check, EXAMPLES } from './readme-check.ts';
import { exampleIn } from './readme-examples.ts';
import { pack, REPOSITORY } from './tarball.ts';

// Does with the examples of the README what its readers do: pastes them into an empty Nest application that has the
// packed package installed, and runs it. Usage: readme.mjs [--readme README.md]

const { values } = parseArgs({ options: { readme: { type: 'string', default: join(REPOSITORY, 'README.md') } } });
const readme = { path: 'README.md', text: await readFile(values.readme, 'utf8') };
const examples = Object.keys(EXAMPLES).map(sample => ({ sample, example: exampleIn(readme, sample) }));

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
