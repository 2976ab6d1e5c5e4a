#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { run } from './run.js';
import type { Terminal } from './terminal.js';

const { stdin, stdout, stderr, env } = process;

const terminal: Terminal = {
  directory: process.cwd(),
  env,
  hasColors: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
  out: text => void stdout.write(text),
  error: text => void stderr.write(text),
  confirm: stdin.isTTY && stderr.isTTY ? confirm : undefined,
};

async function confirm(question: string): Promise<boolean> {
  using lines = createInterface({ input: stdin, output: stderr });
  return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
}

// Who reads a part only, as `head` does, has read enough.
stdout.on('error', () => process.exit());

// What an application opens when it is loaded must not keep the command alive.
void run(process.argv.slice(2), terminal).then(code => stdout.write('', () => process.exit(code)));
