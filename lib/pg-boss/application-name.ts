import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The characters that npm allows in a name, and capital letters. */
const NAME = /^[\w@./~-]{1,214}$/;

export function isApplicationName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** The name in the `package.json` of the working directory. Undefined where there is none. */
export function packageName(directory = process.cwd()): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(resolve(directory, 'package.json'), 'utf8')) as { name?: unknown };
    return isApplicationName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
