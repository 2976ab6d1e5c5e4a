import { resolve } from 'node:path';
import type { GraphReceiver, GraphSignal, SignalGraph } from '../inspector/index.js';
import { byDistinctName } from './distinct-names.js';
import { readJson } from './files.js';
import { json } from './terminal.js';

/** The graph as a document of AsyncAPI 3.0: a channel for each signal, an operation for each sender and each receiver. */
export function listAsyncApi({ signals }: SignalGraph, directory: string): string {
  const channels = byDistinctName(signals, ({ name }) => keyOf(name), '_');
  const operations = [...channels].flatMap(([key, { name, sentBy, receivers }]) => [
    ...sentBy.map(({ class: type, source }) => [keyOf(`${type} sends ${name}`), sending(key, source)] as const),
    ...receivers.map((it, at) => [keyOf(`${it.uid} receives ${name}`), receiving(key, it, at)] as const),
  ]);
  const named = [...byDistinctName(operations, ([name]) => name, '_')];
  const document = {
    asyncapi: '3.0.0',
    info: infoOf(directory),
    channels: Object.fromEntries([...channels].map(([key, signal]) => [key, channel(key, signal)])),
    operations: Object.fromEntries(named.map(([key, [, operation]]) => [key, operation])),
  };
  return json(document);
}

/** The title and the version of an application, as its package has them. */
function infoOf(directory: string): object {
  const { name, version } = readJson<{ name: unknown; version: unknown }>(resolve(directory, 'package.json'));
  return {
    title: typeof name === 'string' ? name : 'application',
    version: typeof version === 'string' ? version : '0.0.0',
  };
}

function channel(key: string, { name, payload = { type: 'object' }, payloadVersion }: GraphSignal): object {
  const { $schema: _, ...schema } = payload as { $schema?: unknown };
  const message = {
    name,
    contentType: 'application/json',
    payload: schema,
    'x-signals': { version: payloadVersion },
  };
  return { address: name, messages: { [key]: message } };
}

function sending(channelKey: string, source: string | undefined): object {
  return { action: 'send', channel: reference(channelKey), ...(source && { 'x-signals': { source } }) };
}

function receiving(channelKey: string, receiver: GraphReceiver, order: number): object {
  const { uid, ...rest } = receiver;
  return { action: 'receive', channel: reference(channelKey), title: uid, 'x-signals': { order, ...rest } };
}

function reference(channelKey: string): object {
  return { $ref: `#/channels/${channelKey}` };
}

/** Keys of AsyncAPI have letters, digits, points, hyphens and underscores; programs that copy a document would lose `__proto__`. */
function keyOf(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').replace(/^__proto__$/, '_proto_');
}
