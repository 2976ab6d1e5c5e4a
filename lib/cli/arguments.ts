import { parseArgs } from 'node:util';
import { SignalError } from '../core/index.js';
import { COMMANDS, type CommandName, commandOptions } from './commands.js';
import type { Terminal } from './terminal.js';

/** The words after the name of a command. */
export interface Arguments {
  readonly command: CommandName;
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** Runs with the words after its name, and returns an exit code. */
export type Command = (args: Arguments, terminal: Terminal) => Promise<number>;

/** @throws {SignalError} `UNKNOWN_COMMAND` */
export function commandNamed(name: string): CommandName {
  if (Object.hasOwn(COMMANDS, name)) return name as CommandName;
  throw new SignalError('UNKNOWN_COMMAND', {
    what: `There is no command '${name}'.`,
    at: `nestjs-signals ${name}`,
    fix: `use one of ${Object.keys(COMMANDS).join(', ')}.`,
  });
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function argumentsOf(command: CommandName, args: readonly string[]): Arguments {
  const most = COMMANDS[command].usage.split(' ').length - 1;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: commandOptions(command),
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length > most && !values.help) throw new Error(`Unexpected argument '${positionals[most]}'`);
    return { command, positionals, values };
  } catch (error) {
    throw badUsage(command, args, (error as Error).message);
  }
}

export function badUsage(command: CommandName, args: readonly string[], why: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `${why.split(/\. |\n/)[0]?.replace(/\.$/, '')}.`,
    at: ['nestjs-signals', command, ...args].join(' '),
    fix: `see nestjs-signals ${command} --help.`,
  });
}

/** The value of an option that takes one. */
export function textOf({ values }: Arguments, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The first word, which a command cannot do without.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`
 */
export function required({ command, positionals: [value] }: Arguments): string {
  if (value !== undefined) return value;
  throw badUsage(command, [], `${COMMANDS[command].usage.split(' ')[1]} is missing`);
}
