import { join } from 'node:path';
import { run } from './command.ts';
import { CHECKS } from './package-checks.ts';
import { pack, REPOSITORY, UnpackedTarball } from './tarball.ts';

// Packs the package and looks at it as those who install it will. Fails when anything is wrong, and says all that is.

const tarball = await pack();
const unpacked = await UnpackedTarball.open(tarball);

const checks = {
  'pleases publint --strict': () => tool('publint', 'run', tarball, '--strict'),
  'pleases attw --profile esm-only': () => tool('attw', tarball, '--profile', 'esm-only'),
  ...CHECKS,
};

try {
  for (const [name, check] of Object.entries(checks)) {
    const problems = await check(unpacked);
    console.log(`The tarball ${name}: ${problems.length === 0 ? 'ok' : `no\n  ${problems.join('\n  ')}`}`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  await unpacked[Symbol.asyncDispose]();
}

/** @returns what the tool says when it is not pleased. */
async function tool(name, ...args) {
  try {
    await run(join(REPOSITORY, 'node_modules', '.bin', name), args, REPOSITORY);
    return [];
  } catch (error) {
    return error.message.split('\n');
  }
}
