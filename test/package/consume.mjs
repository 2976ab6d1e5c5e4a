import { parseArgs } from 'node:util';
import { runInPairs } from './in-pairs.ts';
import { check, PROGRAMS } from './programs.ts';
import { pack } from './tarball.ts';

// Installs the packed package as its users do, on the oldest and the newest Nest that it supports, and runs programs
// of theirs. Usage: consume.mjs [--nest 11] [--nest 12]

const NEST = {
  11: ['@nestjs/common@11', '@nestjs/core@11'],
  12: ['@nestjs/common@12', '@nestjs/core@12'],
};

const { values } = parseArgs({ options: { nest: { type: 'string', multiple: true, default: ['12', '11'] } } });
const unknown = values.nest.find(major => !(major in NEST));
if (unknown) throw new Error(`There is no --nest ${unknown}. Fix: use one of ${Object.keys(NEST).join(', ')}.`);

const tarball = await pack();
await runInPairs(
  values.nest.flatMap(major =>
    PROGRAMS.map(program => [
      `Nest ${major}, ${program.name}`,
      () => check(program, major, tarball, ...NEST[major], 'reflect-metadata', 'rxjs'),
    ]),
  ),
);
