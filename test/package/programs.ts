import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { Consumer } from './consumer.ts';

/** Users' programs, `programs/<name>.ts`, in a project of their own. */
export interface Program {
  readonly name: string;
  /** The packages that the program needs besides Nest and nestjs-signals. */
  readonly packages: readonly string[];
  /** Further packages that the program needs, each in the same version as Nest. */
  readonly ofNest?: readonly string[];
  readonly prints: string;
  /** Hooks of Node's module loader, of one of the packages, with which it prints the same. */
  readonly hooks?: string;
  /** Another one in the same project, and what it prints. */
  readonly beside?: Pick<Program, 'name' | 'prints'>;
}

const linesOf = (adapter: string) => `RequestStarted by ${adapter}, ann is in, 200
RequestStarted by ${adapter}, {"username":"ann","password":"********************"}, 401
RequestStarted by ${adapter}, GotRequestException by Routes, 500
RequestStarted by ${adapter}, ann is in, 200, a token
RequestStarted by ${adapter}, eve is in, 403
`;

const LIVE_PAGE = `200 /live 200 200 403
OrderPlaced {"count":0} 403
`;

export const PROGRAMS: readonly Program[] = [
  {
    name: 'first-signal',
    packages: [],
    prints: `[
  {
    receiver: 'Receipts.mail',
    status: 'fulfilled',
    value: 'receipt for order 1: 30 EUR'
  }
]
import and require() give one copy: true
`,
  },
  {
    name: 'testing',
    packages: [],
    prints: `1 [
  { receiver: 'receipts.mail', status: 'fulfilled', value: 'faked 1' }
] true
receipt for order 2
NOT_GIVEN NOT_GIVEN
`,
  },
  {
    name: 'model-signals',
    packages: [
      '@mikro-orm/core@7.2.1',
      '@mikro-orm/sql@7.2.1',
      '@mikro-orm/nestjs@7.1.0',
      'import-in-the-middle@1.15.0',
    ],
    // With these New Relic 13 and Elastic APM 4 load every module of an application.
    hooks: 'import-in-the-middle/hook.mjs',
    prints: `order 1 created: {"to":"placed"}
orders in the same transaction: 1
order 1 updated: {"from":"placed","to":"cancelled"}
orders in the same transaction: 1
`,
  },
  {
    name: 'requests',
    packages: ['passport@0.7.0', 'passport-local@1.0.0', '@types/passport-local@1.0.38'],
    ofNest: ['@nestjs/passport', '@nestjs/platform-express', '@nestjs/platform-fastify'],
    prints: ['ExpressAdapter', 'FastifyAdapter'].map(linesOf).join(''),
    beside: { name: 'live-page', prints: LIVE_PAGE.repeat(2) },
  },
  {
    name: 'cls',
    packages: ['nestjs-cls@6.3.1'],
    ofNest: ['@nestjs/platform-express'],
    prints: `order 1 of acme, the web, ann
WithRoot: 200 placed
order 1 of acme, the web, ann
WithFeature: 200 placed
`,
  },
];

/** Returns the packages that a program needs, with this version of Nest's. */
export function packagesOf({ packages, ofNest = [] }: Program, nest: string): string[] {
  return [...packages, ...ofNest.map(one => `${one}@${nest}`)];
}

/** Returns the text of `programs/<name>.ts`. */
export function sourceOf(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'programs', `${name}.ts`), 'utf8');
}

/** Runs a program in a project with these packages and its own, as an ES module and as CommonJS. */
export async function check(program: Program, nest: string, ...others: string[]): Promise<void> {
  const { packages, beside, hooks } = program;
  await using consumer = await Consumer.with(...others, ...packagesOf(program, nest));
  for (const peer of Object.keys(packageJson.peerDependenciesMeta)) {
    const isRequested = packages.some(one => one.startsWith(`${peer}@`));
    assert.equal(
      consumer.hasInstalled(peer),
      isRequested,
      `${peer} is an optional peer, installed where it is asked for`,
    );
  }
  const programs = beside ? [program, beside] : [program];
  for (const { name } of programs) {
    const source = await sourceOf(name);
    await consumer.write({ [`${name}.mts`]: source, [`${name}.cts`]: source });
  }
  await consumer.compile(
    programs.map(({ name }) => `${name}.mts`),
    'bundler',
  );
  await consumer.compile(programs.flatMap(({ name }) => [`${name}.mts`, `${name}.cts`]));
  await run([]);
  if (!hooks) return;
  await consumer.write({
    'hooks.mjs': `import { register } from 'node:module'; register('${hooks}', import.meta.url);`,
  });
  await run(['--import', './hooks.mjs']);

  async function run(flags: readonly string[]): Promise<void> {
    for (const { name, prints } of programs) {
      for (const file of [`${name}.mjs`, `${name}.cjs`]) {
        assert.equal(await consumer.node(...flags, file), prints, [...flags, file].join(' '));
      }
    }
  }
}
