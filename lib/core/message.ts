import type { AnySignal } from './payload.js';

/** Who did it, where it came from: JSON that travels with a message into nested sends and stored jobs. */
export type SignalContext = Record<string, unknown>;

/** Types that a room knows and the core does not; each room adds its own by declaration merging. */
export interface KnownTypes {}

/** MikroORM's EntityManager. */
export type KnownEntityManager = KnownTypes extends { entityManager: infer Em } ? Em : object;

/**
 * A receiver's second argument: one send as one receiver sees it.
 *
 * Not made for a receiver that declares exactly one parameter.
 */
export interface Message {
  /** One per send and the same for all its receivers. */
  readonly id: string;
  /** Which signal was sent; a receiver may be connected to several. */
  readonly signal: AnySignal;
  readonly sender: unknown;
  /** The uid of the receiver that is being called. */
  readonly receiver: string;
  /** How the receiver is being run: `inline`, ... */
  readonly delivery: string;
  /** The receiver's EntityManager: what an injected `EntityManager` is while the receiver runs. Undefined without MikroORM. */
  readonly em?: KnownEntityManager;
}

/** What a send may be given beside its payload. */
export interface SendOptions {
  /** The unit of work whose transaction to join, when it is not the ambient one. */
  em?: KnownEntityManager;
}
