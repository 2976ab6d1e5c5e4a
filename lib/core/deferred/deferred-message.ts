import type { Frame } from '../dispatch/ambient.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { Delivery } from '../message/delivery.js';
import { type Sending, SentMessage } from '../dispatch/sending.js';
import type { Tenant } from '../message/tenant.js';
import type { Moment, Transaction } from './transaction.js';

/** What was sent to one receiver whose delivery calls it later. */
export class DeferredMessage {
  readonly payload: object;
  /** Of the messages with the same one only the last counts; undefined where each does. */
  readonly coalesced: string | undefined;
  /** How the sender's EntityManagers were set. */
  readonly tenant: Tenant | undefined;
  /** What is true of the code that sent it, and the signals whose sends led to it, its own included. */
  readonly frame: Frame;
  /** What its delivery has made of it. */
  readonly prepared: unknown;

  /** @throws {SignalError} `RECURSION_LIMIT` */
  constructor(
    readonly sending: Sending,
    readonly record: ConnectionRecord,
  ) {
    this.payload = sending.copy;
    this.tenant = sending.tenant;
    this.frame = sending.laterFrame;
    this.coalesced = record.terms.coalesce?.(this.payload as never, new SentMessage(sending, record));
    this.prepared = record.terms.delivery.prepare?.(this);
  }

  /** Keeps it until this moment of the transaction that it was sent in. False where there is none, or it has passed. */
  keep(moment: Moment): boolean {
    const { frame, transaction } = this;
    if (!transaction?.keep(moment, this)) return false;
    frame.capture?.add(this, transaction);
    return true;
  }

  /** The transaction that it was sent in. */
  get transaction(): Transaction | undefined {
    return this.sending.registry.unitsOfWork?.transactionOf(this.sending);
  }
}

/** Messages by what their deliveries need of the application, each with one of these deliveries. */
export function byNeed(messages: readonly DeferredMessage[]): (readonly [Delivery, readonly DeferredMessage[]])[] {
  const groups = Map.groupBy(messages, ({ record }) => record.terms.delivery.needs?.backend);
  return [...groups.values()].map(group => [group[0]!.record.terms.delivery, group]);
}
