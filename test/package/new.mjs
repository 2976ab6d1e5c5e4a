import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runInPairs } from './in-pairs.ts';
import { checkNew } from './new-application.ts';
import { pack, REPOSITORY } from './tarball.ts';

// Makes new applications with the Nest CLI, adds the packed package to them, and runs their tests.
// Usage: new.mjs [--nest 12] [--nest 11]

const CLI = {
  11: ['npm', 'exec', '--yes', '--package', '@nestjs/cli@11', '--', 'nest'],
  12: [join(REPOSITORY, 'node_modules', '.bin', 'nest')],
};

const { values } = parseArgs({ options: { nest: { type: 'string', multiple: true, default: ['12'] } } });
const unknown = values.nest.find(major => !(major in CLI));
if (unknown) throw new Error(`There is no --nest ${unknown}. Fix: use one of ${Object.keys(CLI).join(', ')}.`);

const tarball = await pack();
await runInPairs(
  values.nest.map(major => [`A new application of Nest ${major}`, () => checkNew(tarball, CLI[major], Number(major))]),
);
