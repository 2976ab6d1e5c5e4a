import type { DeferredMessage } from './deferred-message.js';
import { callsOf, type DueCall } from './due-call.js';
import type { SignalRegistry } from './registry.js';
import type { Scope } from './sending.js';
import type { Transaction } from './transaction.js';

/** A call that COMMIT would make, and what surrounds it when it is made before. */
export interface CapturedCall {
  readonly call: DueCall;
  readonly scope: Scope | undefined;
}

/**
 * What is kept for after COMMIT as long as it is open, in every transaction of an application: for tests that end
 * with a rollback.
 */
export class Capture implements Disposable {
  private kept = new Map<Transaction, DeferredMessage[]>();

  constructor(private readonly registry: SignalRegistry) {
    registry.captures.add(this);
  }

  /** A message is kept. */
  add(message: DeferredMessage, transaction: Transaction): void {
    if (message.record.terms.delivery.moment !== 'after-commit') return;
    const messages = this.kept.get(transaction);
    if (messages) messages.push(message);
    else this.kept.set(transaction, [message]);
  }

  /** The calls that COMMIT would make now, and does not make any more. Receivers run in the transaction, and see its rows. */
  take(): CapturedCall[] {
    const kept = [...this.kept];
    this.kept = new Map();
    return kept.flatMap(([transaction, messages]) => {
      const scope = this.registry.unitsOfWork?.within(transaction);
      return callsOf(messages.filter(message => transaction.giveBack(message))).map(call => ({ call, scope }));
    });
  }

  [Symbol.dispose](): void {
    this.registry.captures.delete(this);
  }
}
