import type { GraphReceiver, GraphSignal, SignalGraph } from '../inspector/index.js';

/** The application that a document is about. */
export interface Titled {
  readonly title: string;
  readonly version: string;
}

/** The graph as a document of AsyncAPI 3.0: a channel for each signal, an operation for each sender and each receiver. */
export function listAsyncApi({ signals }: SignalGraph, info: Titled): string {
  const operations = signals.flatMap(signal => [
    ...signal.sentBy.map(sender => [`${sender.class} sends ${signal.name}`, sending(signal, sender.source)] as const),
    ...signal.receivers.map(
      (receiver, at) => [`${receiver.uid} receives ${signal.name}`, receiving(signal, receiver, at)] as const,
    ),
  ]);
  const document = {
    asyncapi: '3.0.0',
    info,
    channels: Object.fromEntries(signals.map(signal => [keyOf(signal.name), channel(signal)])),
    operations: Object.fromEntries(distinct(operations)),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function channel(signal: GraphSignal): object {
  const { name, payload = { type: 'object' }, payloadVersion } = signal;
  const { $schema: _, ...schema } = payload as { $schema?: unknown };
  const message = {
    name,
    contentType: 'application/json',
    payload: schema,
    'x-signals': { version: payloadVersion },
  };
  return { address: name, messages: { [keyOf(name)]: message } };
}

function sending({ name }: GraphSignal, source: string | undefined): object {
  return { action: 'send', channel: reference(name), ...(source && { 'x-signals': { source } }) };
}

function receiving({ name }: GraphSignal, receiver: GraphReceiver, order: number): object {
  const { uid, ...rest } = receiver;
  return { action: 'receive', channel: reference(name), title: uid, 'x-signals': { order, ...rest } };
}

function reference(name: string): object {
  return { $ref: `#/channels/${keyOf(name)}` };
}

/** Keys of AsyncAPI have letters, digits, points, hyphens and underscores. */
function keyOf(name: string): string {
  return name.replace(/[^\w.-]+/g, '_');
}

function distinct(operations: readonly (readonly [name: string, operation: object])[]): [string, object][] {
  const counts = new Map<string, number>();
  return operations.map(([name, operation]) => {
    const key = keyOf(name);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return [count === 1 ? key : `${key}_${count}`, operation];
  });
}
