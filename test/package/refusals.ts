import assert from 'node:assert/strict';
import { Consumer } from './consumer.ts';

/** Starts an application, and prints the error that it does not start for. */
const START = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
try {
  const { SignalsModule } = await import('nestjs-signals');
  class AppModule {}
  Module({ imports: [SignalsModule.forRoot()] })(AppModule);
  await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  console.log('started');
} catch (error) {
  console.log(error.code, error.message);
}
`;

/** The program of a TypeScript project that has not set `experimentalDecorators`. */
const DECORATED = `
import { LoginRoute, OnSignal, Signal } from 'nestjs-signals';
class OrderPlaced extends Signal<{ orderId: string }> {}
const mistakes = [
  () => class { @OnSignal(OrderPlaced) method() {} },
  () => class { @OnSignal(OrderPlaced) static ofTheClass() {} },
  () => new (class { @OnSignal(OrderPlaced) property = () => {}; })(),
  () => class { @OnSignal(OrderPlaced) #hidden() {} },
  () => class { @LoginRoute() login() {} },
];
for (const make of mistakes) {
  try {
    make();
    console.log('accepted');
  } catch (error) {
    console.log(error.code, error.message);
  }
}
`;

const ESBUILD = `
const options = { entryPoints: ['main.ts'], bundle: true, platform: 'node', packages: 'external', format: 'esm' };
require('esbuild').buildSync({ ...options, target: 'es2022', outfile: 'esbuild.mjs', logLevel: 'error' });
`;

interface OldPeer {
  readonly packages: readonly string[];
  /** The parts of the error. */
  readonly says: readonly string[];
}

/** Peers that npm refuses, and other package managers only warn of. */
const OLD_PEERS: readonly OldPeer[] = [
  {
    packages: ['@nestjs/common@10', '@nestjs/core@10'],
    says: ['PEER_NOT_SUPPORTED', "'@nestjs/core'", '10 or older', '^11.0.5 || ^12.0.0 is needed'],
  },
  {
    packages: ['@nestjs/common@11', '@nestjs/core@11', '@mikro-orm/core@6.6.9'],
    says: ['PEER_NOT_SUPPORTED', "'@mikro-orm/core'", '6.6.9', '^7.2.0 is needed'],
  },
];

/** Installs peers of versions that are not supported all the same, and looks at the error. */
export async function checkVersions(tarball: string): Promise<void> {
  for (const { packages, says } of OLD_PEERS) {
    await using consumer = await Consumer.forced(tarball, ...packages, 'reflect-metadata', 'rxjs');
    await consumer.write({ 'main.mjs': START });
    const printed = await consumer.node('main.mjs');
    for (const part of says) assert.ok(printed.includes(part), `${packages.join(' ')}: ${printed}`);
  }
}

/** Compiles decorators as the ECMAScript standard has them, with tools that look at no types. */
export async function checkDecorators(tarball: string): Promise<void> {
  const nest = ['@nestjs/common@12', '@nestjs/core@12', 'reflect-metadata', 'rxjs'];
  await using consumer = await Consumer.with(tarball, ...nest, 'esbuild@0.25', 'tsx@4');
  await consumer.write({
    'main.ts': DECORATED,
    'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'es2022' } }),
    'esbuild-it.cjs': ESBUILD,
  });
  await consumer.node('esbuild-it.cjs');
  const printed = {
    tsx: await consumer.node('node_modules/tsx/dist/cli.mjs', 'main.ts'),
    esbuild: await consumer.node('esbuild.mjs'),
  };
  for (const [tool, lines] of Object.entries(printed)) {
    assert.equal(lines.match(/^NOT_A_RECEIVER .*standard/gm)?.length, 5, `${tool}: ${lines}`);
    assert.equal(lines.match(/fix: set "experimentalDecorators": true/g)?.length, 5, `${tool}: ${lines}`);
  }
}
