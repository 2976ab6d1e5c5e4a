import { deferredCalls, type DeferredCall } from './deferred-call.js';
import type { Scope } from '../dispatch/scope.js';
import type { CapturingContext, DeferredMessage, DeferringApplication, Transaction } from './transaction.js';
import { getOrInsert } from '../message/get-or-insert.js';

/** A call that COMMIT would make. */
export interface CapturedCall {
  readonly call: DeferredCall;
  /** The scope of the call if it is made before COMMIT: a savepoint in the transaction. Undefined once that has ended. */
  readonly scope: Scope | undefined;
}

/**
 * The messages that one part of the program keeps for after COMMIT, in every transaction, as long as it is open: for tests that
 * end with a rollback.
 */
export class Capture {
  private kept = new Map<Transaction, DeferredMessage[]>();
  private isOpen = false;

  /** Runs `fn`, and keeps what is sent by it and by what it calls until it is over. */
  async during<T>(application: DeferringApplication, fn: () => T | Promise<T>): Promise<T> {
    this.isOpen = true;
    try {
      const changes: CapturingContext = { capture: this };
      return await application.contexts.run(changes, fn);
    } finally {
      this.isOpen = false;
    }
  }

  /** A message is kept. */
  add(message: DeferredMessage, transaction: Transaction): void {
    if (!this.isOpen || message.record.terms.delivery.moment !== 'after-commit') return;
    getOrInsert(this.kept, transaction.root, () => []).push(message);
  }

  /** The calls that COMMIT would make now, the detached ones last, and does not make any more. */
  take(): CapturedCall[] {
    const kept = [...this.kept];
    this.kept = new Map();
    const calls = kept.flatMap(([transaction, messages]) =>
      deferredCalls(messages.filter(message => transaction.giveBack(message))).map(call => ({
        call,
        get scope() {
          return call.application.unitsOfWork?.savepoints(transaction);
        },
      })),
    );
    return calls.sort((one, other) => Number(one.call.isDetached) - Number(other.call.isDetached));
  }
}
