import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { DeferredMessage } from '../deferred/deferred-message.js';
import type { KnownEntityManager } from './message.js';
import type { Moment } from '../deferred/transaction.js';

/** Marks deliveries, whichever copy of the package made them: a function or a plain object is none. */
export const DELIVERY: unique symbol = Symbol.for('nestjs-signals:delivery') as never;

/**
 * How one receiver runs. What happened is the sender's business; how a receiver runs is the receiver's.
 *
 * A delivery is a value without state, shared by all applications of a process. What it needs of one application its
 * room has put into `registry.backends`.
 */
export interface Delivery {
  readonly [DELIVERY]: true;
  /** How lists, responses and messages show it. */
  readonly name: string;
  /** Until when a message is kept, in the transaction that it is sent in. Absent: the receiver is called inside the send. */
  readonly moment?: Moment;
  /** The sender does not wait for the receiver. */
  readonly detached?: boolean;
  /** What the application must have for it. Absent: nothing. */
  readonly needs?: DeliveryNeed;
  /** Refuses a connection that it could never serve; asked at start, and when one is made later. */
  check?(channel: Channel, record: ConnectionRecord): void;
  /**
   * Delivers a message that no transaction can keep: there is none, or the moment has passed.
   *
   * @returns what the send waits for; its error is the sender's.
   */
  atOnce?(message: DeferredMessage): Promise<unknown> | undefined;
  /** Makes of a message what this delivery needs of it later, when it is sent; kept as `message.prepared`. */
  prepare?(message: DeferredMessage): unknown;
  /**
   * Stores what was kept for the moment `storing`, of all receivers whose delivery has the same need.
   *
   * @param em - on the transaction that the messages were sent in. Undefined where there is none.
   */
  store?(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void>;
}

/** What a delivery needs of an application. */
export interface DeliveryNeed {
  /** Under which its room puts it into `registry.backends`. */
  readonly backend: symbol;
  /** How an application gets it: the `fix` of `DELIVERY_NOT_AVAILABLE`. */
  readonly fix: string;
}

/** Inside `send`, or inside the flush, one receiver after another: the default. */
export const inline: Delivery = { [DELIVERY]: true, name: 'inline' };

export function isDelivery(value: unknown): value is Delivery {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isHolder && (value as Partial<Delivery>)[DELIVERY] === true;
}
