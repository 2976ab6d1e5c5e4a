import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SignalError } from '../core/index.js';
import type { GraphReceiver, GraphSignal, SignalGraph } from '../inspector/index.js';
import { type Arguments, required } from './arguments.js';
import { byDistinctName } from './distinct-names.js';
import { withoutMark } from './files.js';
import { previewOf } from './preview.js';
import { json, type Style, styling, type Terminal, wrapped } from './terminal.js';

interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly what: string;
}

const MARKS = { added: ['+', 'green'], removed: ['-', 'red'], changed: ['~', 'yellow'] } as const satisfies Record<
  Difference['kind'],
  readonly [string, Style]
>;

/** Prints what has come, gone and changed since a graph was written. */
export async function diff(args: Arguments, terminal: Terminal): Promise<number> {
  const file = required(args);
  const before = graphIn(file, terminal.directory);
  const found = differences(before, await previewOf(args.positionals[1], terminal));
  const styled = styling(terminal);
  const lines = found.map(({ kind, what }) => {
    const [mark, style] = MARKS[kind];
    return `${styled(style, mark)} ${wrapped(what, '  ').trimStart()}\n`;
  });
  terminal.out(args.values.json ? json(found) : lines.join(''));
  return found.length > 0 ? 1 : 0;
}

/** @throws {SignalError} `GRAPH_INVALID` */
function graphIn(file: string, directory: string): SignalGraph {
  try {
    const graph = JSON.parse(withoutMark(readFileSync(resolve(directory, file), 'utf8'))) as SignalGraph;
    if (graph?.version === 1 && Array.isArray(graph.signals)) return graph;
    throw new Error('it holds something else');
  } catch (cause) {
    throw new SignalError('GRAPH_INVALID', {
      what: `${file} holds no graph of signals of version 1: ${(cause as Error).message}.`,
      at: file,
      fix: `write it with nestjs-signals list --format json --write ${file}.`,
      cause,
    });
  }
}

/** By name; where something is written is no difference. */
export function differences(before: SignalGraph, after: SignalGraph): Difference[] {
  return compared(
    before.signals,
    after.signals,
    ({ name }) => name,
    'signal',
    (old, now) => [
      ...changes(now.name, signalFacts(old), signalFacts(now)),
      ...compared(old.sentBy, now.sentBy, ({ class: type, module }) => `${type} (${module})`, `${now.name}: sender`),
      ...compared(old.receivers, now.receivers, keyOf, `${now.name}: receiver`, (one, other) =>
        changes(`${now.name}: receiver ${other.uid}`, receiverTerms(one), receiverTerms(other)),
      ),
      ...reordered(old, now),
    ],
    ({ name, receivers }) => receivers.map(receiver => `${name}: receiver ${keyOf(receiver)}`),
  );
}

/** @param parts - what comes and goes with one of them. */
function compared<T>(
  before: readonly T[],
  after: readonly T[],
  key: (one: T) => string,
  kind: string,
  both: (old: T, now: T) => Difference[] = () => [],
  parts: (one: T) => string[] = () => [],
): Difference[] {
  return paired(byDistinctName(before, key), byDistinctName(after, key)).flatMap(([name, was, is]): Difference[] => {
    const whole = (one: T) => [`${kind} ${name}`, ...parts(one)];
    if (was !== undefined && is !== undefined) return both(was, is);
    if (was !== undefined) return whole(was).map(what => ({ kind: 'removed', what }));
    return is === undefined ? [] : whole(is).map(what => ({ kind: 'added', what }));
  });
}

/** The names of both, with what they are in each. */
function paired<T>(old: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): [string, T | undefined, T | undefined][] {
  return [...new Set([...old.keys(), ...now.keys()])].map(name => [name, old.get(name), now.get(name)]);
}

/** A receiver may be connected several times, for different senders. */
function keyOf({ uid, senders }: GraphReceiver): string {
  return senders.length > 0 ? `${uid} from ${senders.join(', ')}` : uid;
}

function signalFacts({ class: type, payloadVersion, payload, neverSent, extendedBy }: GraphSignal): object {
  return { class: type, payloadVersion, payload, neverSent, extendedBy };
}

function receiverTerms({ method, delivery, includeSubclasses, options }: GraphReceiver): object {
  return { method, delivery, includeSubclasses, ...options };
}

function changes(what: string, before: object, after: object): Difference[] {
  const byName = (facts: object) => new Map<string, unknown>(Object.entries(facts));
  return paired(byName(before), byName(after)).flatMap(([name, ...values]) => {
    const [was, is] = values.map(value => JSON.stringify(value) ?? 'none');
    return was === is ? [] : [{ kind: 'changed', what: `${what}: ${name} was ${was} and is ${is}` } as const];
  });
}

/** Compares the order of the receivers that both graphs have. */
function reordered(old: GraphSignal, now: GraphSignal): Difference[] {
  const [was, is] = [old.receivers.map(keyOf), now.receivers.map(keyOf)];
  const [before, after] = [was.filter(key => is.includes(key)), is.filter(key => was.includes(key))];
  if (before.join('\n') === after.join('\n')) return [];
  const what = `${now.name}: the order was ${before.join(', ')} and is ${after.join(', ')}`;
  return [{ kind: 'changed', what }];
}
