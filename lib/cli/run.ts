import { createRequire } from 'node:module';
import { argumentsOf, type Command, commandNamed } from './arguments.js';
import type { CommandName } from './commands.js';
import { diff } from './diff.js';
import { explain } from './explain.js';
import { helpOf, overview } from './help.js';
import { list } from './list.js';
import { migrate } from './migrate.js';
import { operations } from './operations.js';
import { isCoded } from './preview.js';
import type { Terminal } from './terminal.js';

const RUN: Readonly<Record<CommandName, Command>> = { list, explain, diff, migrate, ...operations };

/** An error ends with this code: 1 means that something differs. */
export const FAILED = 2;

/**
 * Runs the command line.
 *
 * @returns the exit code: 0 done, 1 something differs or was not confirmed, 2 an error.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(args, terminal);
  } catch (error) {
    terminal.error(`${errorText(error)}\n`);
    return FAILED;
  }
}

/** A mistake of the user has no use for a stack; a defect has. */
export function errorText(error: unknown): string {
  if (isCoded(error)) return `${error.code}: ${error.message}`;
  return (error as Error | null)?.stack ?? String(error);
}

async function runCommand([name, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === '--version' || name === '-v') return printed(`${ownVersion()}\n`, terminal);
  if (name === undefined || name === '--help' || name === '-h') return printed(overview(), terminal);
  if (name === 'help') return printed(rest[0] === undefined ? overview() : helpOf(commandNamed(rest[0])), terminal);
  const args = argumentsOf(commandNamed(name), rest);
  if (args.values.help) return printed(helpOf(args.command), terminal);
  return RUN[args.command](args, terminal);
}

function printed(text: string, terminal: Terminal): number {
  terminal.out(text);
  return 0;
}

function ownVersion(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
}
