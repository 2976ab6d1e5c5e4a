import { COMMANDS, type CommandName, type CommandText } from './commands.js';
import { wrapped } from './terminal.js';

const EXIT_CODES = ['Exit codes: 0 done, 1 something differs or was not confirmed, 2 an error.'];

export function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(name => name.length));
  const commands = Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`);
  return [
    'Usage: nestjs-signals COMMAND [options]',
    '',
    'Signals of a NestJS application: who sends them, who receives them, and what durable messages wait.',
    '',
    ...commands,
    '',
    'nestjs-signals COMMAND --help shows the options of a command, nestjs-signals --version the version.',
    ...EXIT_CODES,
    '',
  ].join('\n');
}

export function helpOf(name: CommandName): string {
  const { does, usage, options, more = [] }: CommandText = COMMANDS[name];
  const width = Math.max(...Object.keys(options).map(option => option.length)) + 2;
  const lines = Object.entries(options).map(([option, means]) => {
    const [first = '', ...rest] = wrapped(means, ' '.repeat(width + 4)).split('\n');
    return [`  ${`--${option}`.padEnd(width)}  ${first.trimStart()}`, ...rest].join('\n');
  });
  return [
    `Usage: nestjs-signals ${usage} [options]`,
    '',
    `${does[0]!.toUpperCase()}${does.slice(1)}.`,
    '',
    ...lines,
    '',
    ...more.map(line => wrapped(line)),
    ...EXIT_CODES,
    '',
  ].join('\n');
}
