import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Files, joined, NOT_SOURCES } from '../source/index.js';

/** The files of an application on the disk. */
export function filesIn(directory: string): Files {
  const list = (folder: string): string[] =>
    readdirSync(join(directory, folder), { withFileTypes: true }).flatMap(entry => {
      if (NOT_SOURCES.test(entry.name)) return [];
      const path = joined(folder, entry.name);
      return entry.isDirectory() ? list(path) : entry.isFile() ? [path] : [];
    });
  return {
    read: path => {
      const file = join(directory, path);
      return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
    },
    list: folder => (existsSync(join(directory, folder)) ? list(folder) : []),
  };
}

/** A file, and its text before and after. */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * Writes all files, or none: when one cannot be written, those that were are as before.
 *
 * @throws Error of the file that cannot be written.
 */
export function writeAll(directory: string, changes: readonly Change[]): void {
  for (const { path, before } of changes) if (before !== undefined) accessSync(join(directory, path), constants.W_OK);
  const written: Change[] = [];
  try {
    for (const change of changes) {
      const file = join(directory, change.path);
      mkdirSync(dirname(file), { recursive: true });
      written.push(change);
      writeFileSync(file, change.after, change.before === undefined ? { flag: 'wx' } : {});
    }
  } catch (error) {
    const failed = written.pop();
    for (const change of failed?.before === undefined ? written : [...written, failed]) restore(directory, change);
    throw error;
  }
}

function restore(directory: string, { path, before }: Change): void {
  if (before === undefined) rmSync(join(directory, path), { force: true });
  else writeFileSync(join(directory, path), before);
}
