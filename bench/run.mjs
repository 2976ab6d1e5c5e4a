// Builds the library, installs the packages that only the benchmarks need, and runs one of them: npm run bench -- dispatch
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [name, ...options] = process.argv.slice(2);
const here = import.meta.dirname;
const known = readdirSync(here).filter(file => file.endsWith('.bench.ts'));

function run(command, args, cwd = join(here, '..')) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (!known.includes(`${name}.bench.ts`)) {
  console.error(`Which benchmark? ${known.map(file => file.replace('.bench.ts', '')).join(', ')}`);
  process.exit(2);
}
run('npm', ['run', '--silent', 'build']);
if (!existsSync(join(here, 'node_modules'))) run('npm', ['ci', '--silent'], here);
run(process.execPath, [
  // Not for dispatch: an exposed collector slows down code that is measured in nanoseconds.
  ...(name === 'dispatch' ? [] : ['--expose-gc']),
  '--disable-warning=ExperimentalWarning',
  join(here, `${name}.bench.ts`),
  ...options,
]);
