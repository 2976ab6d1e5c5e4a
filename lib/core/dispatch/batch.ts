import type { ConnectionRecord } from '../connection/connection.js';
import { getOrInsert } from '../message/get-or-insert.js';
import { deliver } from './dispatch.js';
import { Sending, type SendingChannel as Channel } from './sending.js';
import type { Scope } from './scope.js';

/** A scope that calls receivers with `batch: true` by itself. */
export interface BatchingScope extends Scope {
  readonly batch?: Batch;
}

/** The payloads that receivers with `batch: true` get in one call. */
export class Batch {
  /** By channel, because a receiver may be connected to several through a signal that they extend. */
  private readonly waiting = new Map<Channel, Map<ConnectionRecord, Sending[]>>();

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  add(sending: Sending, record: ConnectionRecord): void {
    const ofChannel = getOrInsert(this.waiting, sending.channel, () => new Map<ConnectionRecord, Sending[]>());
    getOrInsert(ofChannel, record, () => []).push(sending);
  }

  /** Calls each receiver that something waits for, in their order. What is added meanwhile waits for the next time. */
  async callReceivers(scope?: Scope): Promise<void> {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const [channel, ofChannel] of waiting) {
      const order = channel.ordered();
      const due = [...ofChannel].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
      for (const [record, sendings] of due) await deliverTogether(sendings, record, scope);
    }
  }
}

/** Calls one receiver with the payloads of several sends. The sender is theirs, where they have the same. */
async function deliverTogether(sendings: readonly Sending[], record: ConnectionRecord, scope?: Scope): Promise<void> {
  const { channel, sender, options } = sendings[0]!;
  const payloads = sendings.map(({ payload }) => payload);
  const common = sendings.every(other => other.sender === sender) ? sender : undefined;
  const sending = new Sending(channel, common, payloads, options, scope);
  sending.parts = sendings;
  if (record.terms.once) channel.registry.consume(record);
  await deliver(sending, false, [record]);
}
