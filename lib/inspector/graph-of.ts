import {
  type Channel,
  type ConnectionRecord,
  getOrInsert,
  given,
  nameOf,
  ReceiverFailed,
  type SignalClass,
} from '../core/index.js';
import { foreign, receiverMethodsOf } from '../nest/index.js';
import { type Inspected, type InspectedApplication, inspect } from './application.js';
import { type Injection, injectionsIn, type Provided, providedIn } from './injections.js';
import { Locations } from './locations.js';
import { payloadSchemaOf } from './payload-schema.js';
import { shownOptions } from './receiver-options.js';
import type { GraphReceiver, GraphSender, GraphSignal, SignalGraph } from './signal-graph.js';

/** The inspected application, and what was found in it. */
interface Found extends Inspected {
  readonly providedOf: ReadonlyMap<SignalClass, readonly Provided[]>;
  readonly injectionsOf: ReadonlyMap<SignalClass, readonly Injection[]>;
  /** The channels of signals that extend the class of a prototype, directly or not. */
  readonly extendedBy: ReadonlyMap<object, readonly Channel[]>;
  /** The modules that classes are provided in. */
  readonly moduleOf: ReadonlyMap<unknown, string>;
  readonly locations: Locations;
}

/**
 * Returns the signals of an application: who can send them, who receives them, in which order and how.
 *
 * Of a running application it contains the receivers that `connect()` has added. A preview
 * (`NestFactory.createApplicationContext(AppModule, { preview: true })`) runs no constructor and no factory, so that it
 * contains the decorated methods only.
 *
 * @throws {SignalError} `MODULE_NOT_IMPORTED`; for a preview also what a start refuses: `RECEIVER_UID_TAKEN`,
 * `RECEIVER_ORDER_UNKNOWN` and the like.
 */
export function graphOf(app: InspectedApplication): SignalGraph {
  const inspected = inspect(app);
  const provided = providedIn(inspected);
  for (const { signal } of provided) inspected.registry.channel(signal);
  inspected.registry.receivers();
  using locations = new Locations();
  const injections = injectionsIn(inspected.modules, provided);
  const found = {
    ...inspected,
    providedOf: Map.groupBy(provided, ({ signal }) => signal),
    injectionsOf: Map.groupBy(injections, ({ signal }) => signal),
    extendedBy: extensionsOf(inspected.registry.channels),
    moduleOf: modulesOfClasses(inspected),
    locations,
  };
  const signals = [...inspected.registry.channels].map(channel => graphSignal(channel, found));
  return {
    version: 1,
    preview: inspected.unsent === undefined,
    signals: signals.filter(isShown).sort((one, other) => compare(one.name, other.name)),
  };
}

function extensionsOf(channels: Iterable<Channel>): Map<object, Channel[]> {
  const found = new Map<object, Channel[]>();
  for (const channel of channels) {
    let extended = Object.getPrototypeOf(channel.signal.prototype) as object | null;
    for (; extended; extended = Object.getPrototypeOf(extended) as object | null) {
      getOrInsert(found, extended, () => []).push(channel);
    }
  }
  return found;
}

/** Returns for each class the first module that provides it: its receivers are connected there. */
function modulesOfClasses({ modules }: Inspected): Map<unknown, string> {
  const found = new Map<unknown, string>();
  for (const { name, controllers, providers } of modules.values()) {
    for (const { metatype, instance, inject } of [...controllers.values(), ...providers.values()]) {
      const type: unknown = inject ? foreign.valueOf(instance, 'constructor') : metatype;
      if (!found.has(type)) found.set(type, name);
    }
  }
  return found;
}

/** By code units: the order must be that of every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Whether a signal is shown: every own one, and each built-in one that the application sends or receives. */
function isShown({ sentByRoom, sentBy, receivers }: GraphSignal): boolean {
  return sentByRoom === undefined || receivers.length > 0 || sentBy.length > 0;
}

function graphSignal(channel: Channel, found: Found): GraphSignal {
  const { signal, name } = channel;
  const room = roomOf(signal, found);
  const modules = room ? [] : unique((found.providedOf.get(signal) ?? []).map(({ module }) => module));
  const sentBy = (found.injectionsOf.get(signal) ?? []).map(one => graphSender(one, found));
  const extendedBy = found.extendedBy.get(signal.prototype) ?? [];
  const graph = {
    modules,
    extendedBy: extendedBy.map(other => other.name).sort(compare),
    sentBy: sentBy.sort((one, other) => compare(one.class, other.class)),
  };
  const { version = 1 } = signal as { version?: number };
  return given({
    name,
    class: signal.name,
    source: room ? undefined : found.locations.of(signal),
    sentByRoom: room,
    ...graph,
    payloadVersion: version,
    payload: payloadSchemaOf(signal),
    neverSent: neverSent(graph, channel, found),
    receivers: channel.ordered().map(record => graphReceiver(channel, record, found)),
  });
}

function roomOf(signal: SignalClass, { rooms }: Found): string | undefined {
  if (signal === ReceiverFailed) return 'core';
  return rooms.find(({ signals }) => (signals as readonly SignalClass[]).includes(signal))?.name;
}

/** A signal that others extend is sent with them. */
function neverSent(
  { modules, extendedBy, sentBy }: Pick<GraphSignal, 'modules' | 'extendedBy' | 'sentBy'>,
  { signal }: Channel,
  found: Found,
): string | undefined {
  if (sentBy.length > 0) return undefined;
  if (roomOf(signal, found)) return found.unsent?.reason(signal);
  if (modules.length > 0) return 'no class injects it';
  return extendedBy.length > 0 ? undefined : 'no module provides it';
}

function graphSender({ name, written, module }: Injection, { locations }: Found): GraphSender {
  return given({ class: name, module, source: locations.of(written) });
}

function graphReceiver({ name }: Channel, record: ConnectionRecord, { moduleOf, locations }: Found): GraphReceiver {
  const { terms, call } = record;
  const { origin } = terms;
  const type = origin?.receiverClass;
  const source = origin
    ? (locations.of(methodOf(origin.receiverClass, origin.key)) ?? locations.of(type))
    : locations.of(call);
  return given({
    uid: record.uid,
    method: origin?.name,
    module: moduleOf.get(type),
    source,
    where: record.whereIn(name),
    senders: terms.senders.map(senderName),
    includeSubclasses: terms.includeSubclasses,
    delivery: terms.delivery.name,
    options: shownOptions(record),
  });
}

/** The method as it was written: decorators above `@OnSignal` may have replaced it. */
function methodOf(type: Function, key: string | symbol): unknown {
  const method = receiverMethodsOf(type.prototype as object).find(one => one.key === key);
  return method?.definitions.find(definition => definition.method)?.method;
}

/** Returns the name of a sender as errors have it; before the start an EntitySchema stands for its entity. */
function senderName(sender: unknown): string {
  const { className } = ((sender as { meta?: unknown } | null)?.meta ?? {}) as { className?: unknown };
  return typeof className === 'string' && typeof sender === 'object' ? className : nameOf(sender);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compare);
}
