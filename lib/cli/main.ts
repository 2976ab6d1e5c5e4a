#!/usr/bin/env node
// An older Node must be able to load this file: all else is imported once the version is known.
import module from 'node:module';

const { engines } = module.createRequire(import.meta.url)('../../package.json') as { engines: { node: string } };
const needed = engines.node.replace('>=', '');

if (process.versions.node.localeCompare(needed, 'en', { numeric: true }) < 0) {
  process.stderr.write(`nestjs-signals needs Node.js ${needed} or newer, and this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  // Deno has none.
  (module as Partial<typeof module>).enableCompileCache?.();
  void import('./process-terminal.js').then(({ runOnProcess }) => runOnProcess());
}
