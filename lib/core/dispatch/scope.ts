import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { KnownEntityManager } from '../message/unit-of-work.js';

/** The unit of work that each receiver of a send runs in. */
export interface Scope {
  /** Holds the EntityManager of the receiver that is called next, which may be made when it is asked for. */
  readonly own?: { readonly em: KnownEntityManager } | undefined;
  /** Keeps payloads for receivers with `batch: true` until the scope calls them; without it a receiver is called at once. */
  readonly batch?: { add(sending: object, record: ConnectionRecord): void };
  /** The receiver that was called last, and the signal: errors name them. */
  receiver?: ConnectionRecord | undefined;
  signal?: Channel | undefined;
  /** A send settles only when its receivers have, because what they hold must not end before them. */
  readonly holdsTransaction: boolean;
  /** Surrounds several calls, so that each of them costs less. */
  enter?<T>(calls: () => T): T;
  /** Calls one receiver. */
  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown;
}
