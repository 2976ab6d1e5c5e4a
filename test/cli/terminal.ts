import { join } from 'node:path';
import { run, type Terminal } from '../../lib/cli/index.js';

/** The output of a command, and its exit code. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs a command in this process. */
export async function command(args: readonly string[], terminal: Partial<Terminal> = {}): Promise<Ended> {
  let [out, errors] = ['', ''];
  const code = await run(args, {
    directory: join(import.meta.dirname, '..', '..'),
    env: {},
    hasColors: false,
    out: text => void (out += text),
    error: text => void (errors += text),
    confirm: undefined,
    ...terminal,
  });
  return { code, out, errors };
}

/** The application with every kind of receiver. */
export const KINDS = 'test/inspector/fixtures/kinds.ts';
