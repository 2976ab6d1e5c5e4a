import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SignalError } from '../core/index.js';
import type { SignalGraph } from '../inspector/index.js';
import { type Arguments, badUsage, textOf } from './arguments.js';
import { fileText } from './files.js';
import { listAsyncApi } from './list-asyncapi.js';
import { listMermaid } from './list-mermaid.js';
import { listText } from './list-text.js';
import { previewOf } from './preview.js';
import { json, styling, type Terminal } from './terminal.js';

const FORMATS: Readonly<Record<string, (graph: SignalGraph, terminal: Terminal) => string>> = {
  text: (graph, terminal) => listText(graph, styling(terminal)),
  json,
  mermaid: listMermaid,
  asyncapi: (graph, { directory }) => listAsyncApi(graph, directory),
};

/** Prints the signals of an application, writes them to a file, or compares them with one. */
export async function list(args: Arguments, terminal: Terminal): Promise<number> {
  const { format, write, check } = destinationOf(args);
  const graph = selected(await previewOf(args.positionals[0], terminal), args);
  const file = write ?? check;
  const hasColors = terminal.hasColors && file === undefined;
  const text = FORMATS[format]!(graph, { ...terminal, hasColors });
  if (file === undefined) {
    terminal.out(text);
    return 0;
  }
  const isMarkdown = format === 'mermaid' && /\.md$/i.test(file);
  return toFile(file, isMarkdown ? `# Signals\n\n\`\`\`mermaid\n${text}\`\`\`\n` : text, args, terminal);
}

function destinationOf(args: Arguments): { format: string; write?: string | undefined; check?: string | undefined } {
  const [format = 'text', write, check] = ['format', 'write', 'check'].map(name => textOf(args, name));
  if (!Object.hasOwn(FORMATS, format))
    throw badUsage('list', ['--format', format], `Option '--format' is one of ${Object.keys(FORMATS).join(', ')}`);
  if (write !== undefined && check !== undefined)
    throw badUsage('list', ['--write', write, '--check', check], 'Options --write and --check exclude each other');
  return { format, write, check };
}

/** @throws {SignalError} `SIGNAL_UNKNOWN`, `RECEIVER_UNKNOWN` */
function selected(graph: SignalGraph, args: Arguments): SignalGraph {
  const [signal, receiver] = [textOf(args, 'signal'), textOf(args, 'receiver')];
  if (signal !== undefined) signalNamed(graph, signal);
  const signals = graph.signals.filter(
    ({ name, class: type }) => signal === undefined || [name, type].includes(signal),
  );
  if (receiver === undefined) return { ...graph, signals };
  const received = signals
    .map(one => ({ ...one, receivers: one.receivers.filter(({ uid, method }) => [uid, method].includes(receiver)) }))
    .filter(({ receivers }) => receivers.length > 0);
  if (received.length > 0) return { ...graph, signals: received };
  const uids = new Set(signals.flatMap(({ receivers }) => receivers.map(({ uid }) => uid)));
  throw new SignalError('RECEIVER_UNKNOWN', {
    what: `No receiver has the uid '${receiver}'.`,
    at: `--receiver ${receiver}`,
    fix: `name one of ${[...uids].join(', ') || '(there is none)'}.`,
  });
}

/** @throws {SignalError} `SIGNAL_UNKNOWN` */
export function signalNamed({ signals }: SignalGraph, named: string): SignalGraph['signals'][number] {
  const found = signals.find(({ name }) => name === named) ?? signals.find(({ class: type }) => type === named);
  if (found) return found;
  throw new SignalError('SIGNAL_UNKNOWN', {
    what: `The application has no signal '${named}', or no class receives or injects it.`,
    at: `nestjs-signals, from a preview of the application`,
    fix: `name one of ${signals.map(({ name }) => name).join(', ') || '(there is none)'}.`,
  });
}

function toFile(file: string, text: string, args: Arguments, terminal: Terminal): number {
  const path = resolve(terminal.directory, file);
  if (args.values.write !== undefined) {
    try {
      writeFileSync(path, text);
    } catch (error) {
      throw notWritten(file, error);
    }
    terminal.error(`${file} is written.\n`);
    return 0;
  }
  // Git may have checked it out with the line ends of Windows.
  const before = fileText(path)?.replaceAll('\r\n', '\n');
  if (before === text) return 0;
  terminal.error(
    before === undefined
      ? `${file} is not there. Write it with --write instead of --check.\n`
      : `${file} would change. Write it again with --write instead of --check.\n${firstDifference(before, text)}`,
  );
  return 1;
}

function notWritten(file: string, cause: unknown): SignalError {
  return new SignalError('FILE_NOT_WRITTEN', {
    what: `${file} was not written: ${(cause as Error).message}.`,
    at: `nestjs-signals list --write ${file}`,
    fix: 'name a file in a folder that is there and that you may write to.',
    cause,
  });
}

function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const at = now.findIndex((line, index) => line !== old[index]);
  const line = at < 0 ? now.length : at;
  return `  line ${line + 1}\n  - ${old[line] ?? ''}\n  + ${now[line] ?? ''}\n`;
}
