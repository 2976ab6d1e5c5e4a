import { checkDecorators, checkVersions } from './refusals.ts';
import { runInPairs } from './in-pairs.ts';
import { checkRuntimes } from './runtimes.ts';
import { pack } from './tarball.ts';
import { checkBuilds, checkJest, checkTypes } from './toolchains.ts';

// Installs the packed package where applications are tested, bundled, compiled, and run on other runtimes than Node.
// Usage: toolchains.mjs [jest] [builds] [types] [versions] [decorators] [runtimes]

const CHECKS = {
  jest: checkJest,
  builds: checkBuilds,
  types: checkTypes,
  versions: checkVersions,
  decorators: checkDecorators,
  runtimes: checkRuntimes,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
const unknown = names.find(name => !(name in CHECKS));
if (unknown) throw new Error(`There is no check '${unknown}'. Fix: use one of ${Object.keys(CHECKS).join(', ')}.`);

const tarball = await pack();
await runInPairs(names.map(name => [name, () => CHECKS[name](tarball)]));
