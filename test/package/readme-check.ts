import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { Consumer } from './consumer.ts';
import type { Example } from './readme-examples.ts';
import { REPOSITORY } from './tarball.ts';

/** The samples whose code the manual shows, and what each needs besides Nest and the package. */
export const EXAMPLES = {
  'sample/01-first-signal': [],
  'sample/02-model-receiver': ['@mikro-orm/core', '@mikro-orm/nestjs', '@mikro-orm/sql'],
  'sample/03-after-commit': ['@mikro-orm/core', '@mikro-orm/nestjs', '@mikro-orm/sql'],
  'sample/04-durable': ['@mikro-orm/core', '@mikro-orm/nestjs', '@mikro-orm/postgresql', 'pg-boss'],
  'sample/07-row-changes': ['@mikro-orm/core', '@mikro-orm/nestjs', '@mikro-orm/postgresql', 'pg-boss'],
  'sample/05-login-receiver': [
    '@nestjs/passport',
    '@nestjs/platform-express',
    '@types/passport-local',
    'passport',
    'passport-local',
  ],
} as const satisfies Record<string, readonly (keyof typeof packageJson.devDependencies)[]>;

export type Sample = keyof typeof EXAMPLES;

const NEST = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'] as const;

/**
 * Puts the code that the manual shows in an empty application outside this repository, and runs it there, and its worker
 * where it has one.
 */
export async function check(sample: Sample, { file, code, output }: Example, tarball: string): Promise<void> {
  const packages = [...NEST, ...EXAMPLES[sample]].map(name => `${name}@${packageJson.devDependencies[name]}`);
  await using consumer = await Consumer.with(tarball, ...packages);
  const files = { ...(await filesOf(sample)), [file]: `${code}\n` };
  const here = (name: string) => join('src', name);
  await consumer.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [here(name), text])));
  await consumer.write({ [here('package.json')]: '{ "type": "module" }' });
  await consumer.compile(Object.keys(files).map(here));
  let printed = await consumer.node(here('main.js'));
  if ('worker.ts' in files) printed += await consumer.firstLineOf(here('worker.js'));
  assert.equal(printed.trimEnd(), output.trimEnd(), `what ${sample} prints`);
}

async function filesOf(sample: Sample): Promise<Record<string, string>> {
  const names = await readdir(join(REPOSITORY, sample));
  const sources = names.filter(name => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  const read = async (name: string) => [name, await readFile(join(REPOSITORY, sample, name), 'utf8')] as const;
  return Object.fromEntries(await Promise.all(sources.map(read)));
}
