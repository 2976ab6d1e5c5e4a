import assert from 'node:assert/strict';
import { Consumer } from './consumer.ts';
import { sourceOf } from './programs.ts';

const PRINTS = 'mailed: 1\n';

const MAIN = `import { run } from './starter.js';\nvoid run().then(lines => console.log(lines));\n`;

const SPEC = `
import { run } from './starter';
it('mails a receipt without MikroORM', async () => {
  expect(await run()).toBe('mailed: 1');
});
`;

/** The compiler options that tools read that compile by themselves. */
const DECORATORS = { experimentalDecorators: true, emitDecoratorMetadata: true };

const ESBUILD = `
const { buildSync } = require('esbuild');
const options = { entryPoints: ['main.ts'], bundle: true, platform: 'node', logLevel: 'error', external: OPTIONAL };
buildSync({ ...options, format: 'cjs', outfile: 'esbuild.cjs' });
`;

const WEBPACK = `
require('webpack')(
  {
    mode: 'production',
    target: 'node',
    entry: './built/main.js',
    output: { path: __dirname, filename: 'webpack.cjs' },
    optimization: { minimize: false },
    externals: ({ request }, decide) => {
      const isOptional = OPTIONAL.some(name => request === name || request.startsWith(name + '/'));
      return isOptional ? decide(null, 'commonjs ' + request) : decide();
    },
  },
  (error, stats) => {
    if (error || stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'));
  },
);
`;

const SWC = `
const { transformFileSync } = require('@swc/core');
const { mkdirSync, writeFileSync } = require('node:fs');
const transform = { legacyDecorator: true, decoratorMetadata: true };
mkdirSync('built', { recursive: true });
writeFileSync('built/package.json', '{"type":"module"}');
for (const name of ['starter', 'main']) {
  const jsc = { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform };
  writeFileSync('built/' + name + '.js', transformFileSync(name + '.ts', { jsc, module: { type: 'es6' } }).code);
}
`;

/** Optional packages of Nest, not installed here, that a bundler must leave out; nestjs-signals adds none. */
const OPTIONAL = [
  '@nestjs/microservices',
  '@nestjs/websockets',
  '@nestjs/platform-express',
  'class-transformer',
  'class-validator',
];

const listed = (script: string) => `const OPTIONAL = ${JSON.stringify(OPTIONAL)};\n${script}`;

/** The test that `nest new` of Nest 11 makes: Jest with ts-jest, CommonJS. */
export async function checkJest(tarball: string): Promise<void> {
  const nest = ['@nestjs/common@11', '@nestjs/core@11', 'reflect-metadata', 'rxjs'];
  await using consumer = await Consumer.with(tarball, ...nest, 'jest@30', 'ts-jest@29', '@types/jest@30');
  await consumer.write({
    'starter.ts': await sourceOf('starter'),
    'starter.spec.ts': SPEC,
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2023', isolatedModules: true, types: ['jest'], ...DECORATORS },
    }),
    'jest.config.json': JSON.stringify({ testRegex: 'spec\\.ts$', transform: { '^.+\\.ts$': 'ts-jest' } }),
  });
  await consumer.node('--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.config.json');
}

/** The test that `nest new` of Nest 12 makes, with Vitest, and what builds applications. */
export async function checkBuilds(tarball: string): Promise<void> {
  const nest = ['@nestjs/common@12', '@nestjs/core@12', 'reflect-metadata', 'rxjs'];
  const tools = ['vitest@3', 'esbuild@0.25', 'webpack@5', 'tsx@4', '@swc/core@1'];
  await using consumer = await Consumer.with(tarball, ...nest, ...tools);
  await consumer.write({
    'starter.ts': await sourceOf('starter'),
    'starter.spec.ts': SPEC,
    'main.ts': MAIN,
    'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2022', ...DECORATORS } }),
    'esbuild-it.cjs': listed(ESBUILD),
    'webpack-it.cjs': listed(WEBPACK),
    'swc-it.cjs': SWC,
  });
  await consumer.node('node_modules/vitest/vitest.mjs', 'run', '--globals', '--dir', '.');
  assert.equal(await consumer.node('node_modules/tsx/dist/cli.mjs', 'main.ts'), PRINTS, 'tsx');
  await consumer.node('swc-it.cjs');
  assert.equal(await consumer.node('built/main.js'), PRINTS, 'SWC');
  await consumer.node('esbuild-it.cjs');
  assert.equal(await consumer.node('esbuild.cjs'), PRINTS, 'a bundle of esbuild');
  await consumer.node('webpack-it.cjs');
  assert.equal(await consumer.node('webpack.cjs'), PRINTS, 'a bundle of webpack');
}

/** How a compiler finds modules: the kinds of TypeScript. */
const KINDS = {
  node10: { module: 'commonjs', moduleResolution: 'node10' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

/** TypeScript 6 calls node10 deprecated, and 7 knows it no more. */
const COMPILERS: Readonly<Record<string, readonly (keyof typeof KINDS)[]>> = {
  '5.5': ['node10', 'node16', 'bundler'],
  '5.9': ['node10', 'nodenext'],
  '6.0': ['node10', 'node16', 'nodenext', 'bundler'],
  '7.0': ['nodenext', 'bundler'],
};

/** Compiles what users write with every supported TypeScript, in every kind of module, strictly and not. */
export async function checkTypes(tarball: string): Promise<void> {
  const nest = ['@nestjs/common@11', '@nestjs/core@11', 'reflect-metadata', 'rxjs'];
  const compilers = Object.keys(COMPILERS).map(version => `typescript-${version}@npm:typescript@~${version}.0`);
  await using consumer = await Consumer.with(tarball, ...nest, ...compilers);
  const source = await sourceOf('types');
  await consumer.write({ 'types.ts': source, 'types.mts': source });
  for (const [version, kinds] of Object.entries(COMPILERS)) {
    for (const kind of kinds) {
      for (const strict of [true, false]) {
        const options = { target: 'es2022', skipLibCheck: true, noEmit: true, types: ['node'], strict, ...DECORATORS };
        const ignoreDeprecations = version === '6.0' ? '6.0' : undefined;
        const files = [kind === 'node16' ? 'types.mts' : 'types.ts'];
        const compilerOptions = { ...options, ...KINDS[kind], ignoreDeprecations };
        await consumer.write({ 'tsconfig.json': JSON.stringify({ compilerOptions, files }) });
        await consumer.node(`node_modules/typescript-${version}/bin/tsc`, '-p', '.');
      }
    }
  }
}
