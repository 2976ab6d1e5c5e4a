import { createInterface } from 'node:readline/promises';
import { SignalError } from '../core/index.js';
import { FAILED, run, errorText } from './run.js';
import { showsColors, type Terminal } from './terminal.js';

const { stdin, stdout, stderr } = process;

/** Runs the command line of this process, and ends the process with the exit code of the command. */
export async function runOnProcess(): Promise<void> {
  const args = process.argv.slice(2);
  let failed = 0;
  const fail = (error: unknown) => {
    stderr.write(`${errorText(error)}\n`);
    failed = FAILED;
  };
  // Who reads a part only, as `head` does, has read enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : fail(error)));
  stderr.on('error', () => {});
  // Their exit code would be 1: that something differs.
  process.once('uncaughtException', error => process.exit((fail(error), FAILED)));
  const endsEarly = () => {
    if (!failed) fail(endedByApplication(args[0]));
    process.exitCode = failed;
  };
  process.once('exit', endsEarly);
  const code = await run(args, terminalOfProcess());
  for (const stream of [stdout, stderr]) await new Promise(resolve => stream.write('', resolve));
  process.off('exit', endsEarly);
  // What an application opens when it is loaded must not keep the command alive.
  process.exit(failed || code);
}

function terminalOfProcess(): Terminal {
  return {
    directory: process.cwd(),
    env: process.env,
    hasColors: showsColors(stdout.isTTY, process.env),
    out: text => void stdout.write(text),
    error: text => void stderr.write(text),
    confirm: stdin.isTTY && stderr.isTTY ? confirm : undefined,
  };
}

/** Ctrl-C and the end of the input are a no. */
async function confirm(question: string): Promise<boolean> {
  using lines = createInterface({ input: stdin, output: stderr });
  const closed = new Promise<string>(resolve => lines.once('close', () => resolve('\n')));
  const answer = await Promise.race([lines.question(`${question} [y/N] `).catch(() => '\n'), closed]);
  if (answer === '\n') stderr.write(answer);
  return /^y(es)?$/i.test(answer.trim());
}

function endedByApplication(command = ''): SignalError {
  return new SignalError('ENTRY_INVALID', {
    what: 'The application ended this process when it was loaded, or waits for something that never comes.',
    at: `nestjs-signals ${command}`,
    fix: 'let the files of its modules throw an error instead of calling process.exit(), and start nothing in them.',
  });
}
