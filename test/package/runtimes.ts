import assert from 'node:assert/strict';
import { Consumer } from './consumer.ts';
import { packagesOf, PROGRAMS, sourceOf } from './programs.ts';

const NEST = ['@nestjs/common@12', '@nestjs/core@12', 'reflect-metadata', 'rxjs'];

const RUNTIMES = [['bun'], ['deno', 'run', '--allow-all']] as const;

const LIST = 'OrderPlaced\n  sent by Orders (AppModule)\n  1. receipts.mail  inline\n';

/** Runs programs of users, and the command of the package, on Bun and on Deno, where they print what they print on Node. */
export async function checkRuntimes(tarball: string): Promise<void> {
  const programs = PROGRAMS.filter(({ name }) => ['model-signals', 'requests', 'cls'].includes(name));
  const packages = new Set(programs.flatMap(program => packagesOf(program, '12')));
  const runs = programs.flatMap(program => [program, ...(program.beside ? [program.beside] : [])]);
  await using consumer = await Consumer.with(tarball, ...NEST, ...packages, 'bun@1', 'deno@2');
  // Puts the program of its package into its place: install scripts are not run here.
  await consumer.node('node_modules/bun/install.js');
  const names = [...runs.map(({ name }) => name), 'starter'];
  for (const name of names) await consumer.write({ [`${name}.mts`]: await sourceOf(name) });
  await consumer.write({ 'app.module.mts': `export { AppModule } from './starter.mjs';\n` });
  await consumer.compile([...names, 'app.module'].map(name => `${name}.mts`));
  for (const [tool, ...flags] of RUNTIMES) {
    const run = (...args: string[]) => consumer.tool(tool, ...flags, ...args);
    for (const { name, prints } of runs) assert.equal(await run(`${name}.mjs`), prints, `${name} on ${tool}`);
    const list = await run('node_modules/nestjs-signals/dist/cli/main.js', 'list', 'app.module.mjs');
    assert.ok(list.startsWith(LIST), `list on ${tool}:\n${list}`);
  }
  const requests = runs.find(({ name }) => name === 'requests');
  assert.equal(await consumer.tool('bun', 'requests.mts'), requests?.prints, 'TypeScript on Bun');
}
