import { spawnSync } from 'node:child_process';
import { counted } from '../core/index.js';
import { filesIn, migrate as migrationOf, type Migration, unifiedDiff, writeAll } from '../schematics/index.js';
import type { Arguments } from './arguments.js';
import { styling, type Terminal } from './terminal.js';

/** Shows how the names of `@OnEvent` become signals, and writes it if `--write` is given. */
export async function migrate({ values }: Arguments, terminal: Terminal): Promise<number> {
  const { directory } = terminal;
  const names = (values.name ?? []) as readonly string[];
  const migration = migrationOf(directory, filesIn(directory), names);
  const { changes } = migration;
  terminal.out(summaryOf(migration, terminal));
  if (changes.length === 0) return 0;
  if (!values.write) {
    terminal.out(changes.map(({ path, before, after }) => unifiedDiff(path, before, after)).join(''));
    terminal.out('\nNothing was written. Add --write to change these files.\n');
    return 0;
  }
  const warning = warningOfGit(directory);
  if (warning !== undefined) terminal.error(`${warning}\n`);
  writeAll(directory, changes);
  const written = `${counted(changes.length, 'file')} ${changes.length === 1 ? 'was' : 'were'}`;
  terminal.out(`${written} written. Compile, run the tests, and look at the changes.\n`);
  return 0;
}

function summaryOf({ signals, leftAlone, notes, changes }: Migration, terminal: Terminal): string {
  const style = styling(terminal);
  if (signals.length === 0 && leftAlone.length === 0)
    return 'Nothing is sent or received with @nestjs/event-emitter.\n';
  const done = signals.flatMap(({ name, className, path, sentAt, receivedAt }) => [
    `${style('bold', name)} becomes ${className}, ${path}`,
    ...sentAt.map(place => `  sent at ${place}`),
    ...receivedAt.map(place => `  received at ${place}`),
  ]);
  const left = leftAlone.map(({ at, topic, why }) => `  ${typeof topic === 'string' ? `${topic}  ` : ''}${at}: ${why}`);
  const after = changes.length > 0 ? notes.map(note => `\n${note}`) : [];
  return [...done, ...(left.length > 0 ? ['', style('bold', 'Left alone:'), ...left] : []), ...after, '', ''].join(
    '\n',
  );
}

/** A warning if the changes mix with others, or if git cannot undo them. */
function warningOfGit(directory: string): string | undefined {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain'], { cwd: directory, encoding: 'utf8' });
  if (status !== 0) return 'Warning: this is no git repository, so these changes cannot be undone with it.';
  return stdout.trim() === '' ? undefined : 'Warning: the work tree has other changes that are not committed.';
}
