import type { ConnectionRecord } from './connection/connection.js';
import { skipReason } from './dispatch/select-receivers.js';
import type { SignalClass } from './message/message.js';
import { nameOf, senderMatches } from './message/sender.js';
import { Sending, type SendingChannel as Channel } from './dispatch/sending.js';

/** A connected receiver, as a list shows it. */
export interface ReceiverInfo {
  /** The uid that was given, or a readable name. */
  readonly uid: string;
  /** The class of the signal that it receives. */
  readonly signal: SignalClass;
  /** The senders that it is called for; empty for every sender. */
  readonly senders: readonly unknown[];
  /** The name of its delivery. */
  readonly delivery: string;
  /** The place among the receivers of the signal, from 0. */
  readonly order: number;
  /** The place where it is written: `@OnSignal(OrderPlaced) on Receipts.mail`. */
  readonly where: string;
}

/** Whether a send would call one receiver, and why. */
export interface Explanation {
  /** The uid of the receiver. */
  readonly receiver: string;
  /** Whether it would be called. */
  readonly runs: boolean;
  /** The reason why it would be called, or would not. */
  readonly because: string;
}

export function receiversOf(channel: Channel): ReceiverInfo[] {
  return channel.ordered().map((record, order) => ({
    uid: record.uid,
    signal: channel.signal,
    senders: record.terms.senders,
    delivery: record.terms.delivery.name,
    order,
    where: record.whereIn(channel.name),
  }));
}

export function explain(channel: Channel, sender: unknown, payload?: object): Explanation[] {
  const sending = new Sending(channel, sender, payload ?? {});
  const key = channel.senderKey(sender);
  const taken = new Set<unknown>();
  return channel.ordered().map(record => {
    const because = reasonNotToRun(record);
    if (because === undefined) taken.add(record.key);
    return { receiver: record.uid, runs: because === undefined, because: because ?? asked(record) };
  });

  function reasonNotToRun(record: ConnectionRecord): string | undefined {
    if (taken.has(record.key)) return 'the receiver is called once, by an earlier connection';
    return record.receivesFrom(key) ? skipReason(sending, record, payload === undefined) : otherSender(record, sender);
  }
}

function otherSender(record: ConnectionRecord, sender: unknown): string {
  const { senders, includeSubclasses } = record.terms;
  const isSubclass = !includeSubclasses && senders.some(one => senderMatches(one, sender, true));
  return isSubclass ? `${asked(record)} itself, without subclasses` : asked(record);
}

function asked({ terms: { senders } }: ConnectionRecord): string {
  return `it asks for ${senders.length > 0 ? senders.map(nameOf).join(', ') : 'every sender'}`;
}
