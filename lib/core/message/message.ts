import type { AnySignal } from './payload.js';

/**
 * Who did it, where it came from: JSON that travels with a message into nested sends and stored jobs. An application
 * names its own properties by declaration merging: `declare module 'nestjs-signals' { interface SignalContext { ... } }`.
 */
export interface SignalContext {
  [name: string]: unknown;
}

/** Types that a room knows and the core does not; each room adds its own by declaration merging. */
export interface KnownTypes {}

/** MikroORM's EntityManager. */
export type KnownEntityManager = KnownTypes extends { entityManager: infer Em } ? Em : object;

/**
 * A receiver's second argument: one send as one receiver sees it.
 *
 * Not made for a function that declares exactly one plain parameter, without another that has a default or takes the rest.
 */
export interface Message {
  /** One per send, the same for all its receivers and on every attempt: with `receiver` it is the idempotency key. */
  readonly id: string;
  /** Which signal was sent; a receiver may be connected to several. */
  readonly signal: AnySignal;
  readonly sender: unknown;
  /** The uid of the receiver that is being called. */
  readonly receiver: string;
  /** How the receiver is being run: `inline`, ... */
  readonly delivery: string;
  /**
   * The receiver's EntityManager: what an injected `EntityManager` is while the receiver runs. Undefined without MikroORM.
   *
   * @throws {SignalError} `RECEIVER_TIMED_OUT` once the receiver's time is up.
   */
  readonly em?: KnownEntityManager;
  /** Who did it: what `forRoot({ context })` or `withContext()` gave when the message was sent; empty without either. */
  readonly context: Readonly<SignalContext>;
  /** 1, or more when a delivery tries again. */
  readonly attempt: number;
  /** A stored message whose entity is gone; `instance` was made from what had been stored of it. */
  readonly missing: boolean;
  /** The id of the message whose receiver sent this one; known where sends are observed. */
  readonly causedBy?: string;
  /** Aborts when the receiver's `timeoutMs` is over. Made when it is first read. */
  readonly abortSignal: AbortSignal;
}

/** What a send may be given beside its payload. */
export interface SendOptions {
  /** The unit of work whose transaction to join, when it is not the ambient one. */
  em?: KnownEntityManager;
}
