import {
  type AnySignal,
  type Channel,
  type ConnectionRecord,
  type Delivery,
  listOf,
  nameOf,
  type ShapeOf,
  type SignalClass,
  type SignalRegistry,
} from '../core/index.js';
import { channelsOf } from './known-names.js';
import { fits } from './fits.js';
import { type MatcherResult, resultOf } from './verdicts.js';

/** How a receiver is expected to be connected: the options of `@OnSignal`, as far as they matter. */
export interface Wiring<Filter = unknown> {
  uid?: string;
  /** A delivery, or its name. */
  delivery?: Delivery | string;
  /** A sender that it is called for, or all of them. */
  sender?: Filter | readonly Filter[];
  includeSubclasses?: boolean;
  fields?: readonly string[];
  before?: string | readonly string[];
  after?: string | readonly string[];
  batch?: boolean;
  once?: boolean;
  timeoutMs?: number;
}

export type WiringOf<S extends AnySignal> = Wiring<ShapeOf<S>['filter']>;

/** Whether one of these receivers, so connected, receives a signal. */
export function receiverVerdict(
  registry: SignalRegistry,
  signal: SignalClass,
  isOne: (record: ConnectionRecord) => boolean,
  { named, wiring, at }: { named?: string; wiring: Wiring; at: string },
): MatcherResult {
  const channel = channelsOf(registry, signal, at)[0]!;
  const records = channel.ordered();
  const connected = records.filter(isOne);
  const pass = connected.some(record => isWired(channel, record, wiring));
  const how = connected.length > 0 && Object.keys(wiring).length > 0 ? ' so' : '';
  const does = pass ? `${named ?? 'A method'} receives` : named ? `${named} does not receive` : 'No method receives';
  const who = records.length > 0 ? ` These do:${listedReceivers(channel, records)}` : named ? ' No method does.' : '';
  return resultOf(pass, `${does} ${channel.name}${how}.${who}`);
}

function isWired(channel: Channel, { uid, terms }: ConnectionRecord, wiring: Wiring): boolean {
  const { sender, delivery, before, after, ...rest } = wiring;
  const lists = { ...(before && { before: listOf(before) }), ...(after && { after: listOf(after) }) };
  const senders = (listOf(sender) ?? []).map(one => channel.senderKey(one));
  return (
    senders.every(one => terms.senders.includes(one)) &&
    (delivery === undefined || terms.delivery.name === nameOfDelivery(delivery)) &&
    fits({ ...rest, ...lists }, { once: false, batch: false, ...defined(terms), uid })
  );
}

/** The options without those that are undefined, which would hide a default. */
function defined(terms: object): object {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}

function nameOfDelivery(delivery: Delivery | string): string {
  return typeof delivery === 'string' ? delivery : delivery.name;
}

function listedReceivers({ name }: Channel, records: readonly ConnectionRecord[]): string {
  const lines = records.map((record, at) => {
    const { senders, delivery, fields } = record.terms;
    const parts = [
      `uid '${record.uid}'`,
      `delivery '${delivery.name}'`,
      senders.length > 0 ? `sender ${senders.map(nameOf).join(', ')}` : 'every sender',
      ...(fields ? [`fields ${fields.join(', ')}`] : []),
    ];
    return `\n    ${at + 1}. ${record.whereIn(name)}: ${parts.join(', ')}`;
  });
  return lines.join('');
}
