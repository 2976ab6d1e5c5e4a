import type { DeferredMessage } from './deferred-message.js';

/**
 * Until when a message is kept: just before COMMIT; after that, when what is stored joins the transaction; after
 * COMMIT; or after the transaction, or the savepoint that it was sent in, was rolled back.
 */
export type Moment = 'before-commit' | 'storing' | 'after-commit' | 'after-rollback';

/** A transaction, or a savepoint, that is open where a message is sent. */
export interface Transaction {
  /** The outermost one, whose COMMIT decides. */
  readonly root: Transaction;
  /**
   * Keeps a message until this moment. With the transaction or the savepoint what is kept is dropped, but for
   * `after-rollback`.
   *
   * @returns false when the moment has passed.
   */
  keep(moment: Moment, message: DeferredMessage): boolean;
  /** Gives a message back that would be delivered were it committed now; false when it was dropped, or delivered. */
  giveBack(message: DeferredMessage): boolean;
}
