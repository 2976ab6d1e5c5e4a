import type { EntityManager, EventSubscriber, FlushEventArgs, TransactionEventArgs } from '@mikro-orm/core';
import {
  byNeed,
  deferredCalls,
  coalesce,
  observation,
  type ObservedDrop,
  runAll,
  SignalError,
  type SignalRegistry,
} from '../../core/index.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import { JoinedScope } from '../receiver/receiver-scopes.js';
import type { OpenTransaction } from './open-transaction.js';
import { answers, hasGivenUp, type Outcome, outcomeOf, RolledBack } from './server-transaction.js';
import { isFlushing, type Transactions } from './transactions.js';

/**
 * Delivers the messages that were kept in the transactions of one MikroORM when their moment has come.
 *
 * Only `beforeTransactionCommit` and `afterFlush` throw into MikroORM: elsewhere an error would leak a connection, or
 * reject a transaction that is committed (7.2.1).
 */
export class TransactionWatch implements EventSubscriber {
  constructor(
    private readonly transactions: Transactions,
    private readonly registry: SignalRegistry,
    private readonly phases: FlushPhases,
  ) {}

  async beforeTransactionStart({ em, transaction }: TransactionEventArgs): Promise<void> {
    this.transactions.begins(em, transaction);
  }

  async afterTransactionStart({ em, uow, transaction }: TransactionEventArgs): Promise<void> {
    this.transactions.began(em, uow, transaction);
    const { cutOff } = this.phases;
    if (cutOff && !('savepointName' in transaction)) await cutOff.began(em, transaction);
  }

  /** Called for a savepoint, too, before its RELEASE. */
  async beforeTransactionCommit({ em, transaction, uow }: TransactionEventArgs): Promise<void> {
    const open = this.transactions.known(transaction);
    if (open) await this.awaitSends(open, uow && isFlushing(uow) ? undefined : em);
    if (open?.refusal) throw transactionRefused(open);
    if (!open?.kept.isUsed || open.isSavepoint) return;
    try {
      const isEarly = !open.kept.has('before-commit') && !open.kept.has('storing');
      const hasStored = await this.runBeforeCommit(open, em);
      // To store a message shows whether PostgreSQL has given the transaction up.
      const isAsked = !hasStored || open.kept.has('after-commit') || open.kept.has('after-rollback');
      if (isAsked) await open.ask(em, transaction, isEarly);
      open.stage = 'sealed';
    } catch (error) {
      open.refuse(error);
      throw hasGivenUp(error) ? transactionRefused(open) : error;
    }
  }

  async afterTransactionCommit({ em, transaction }: TransactionEventArgs): Promise<void> {
    const open = this.transactions.ended(transaction);
    // A released savepoint is not committed.
    if (open && !open.isSavepoint) await this.end(open, em, 'committed');
  }

  /** Called last for a transaction whose connection was lost. */
  async beforeTransactionRollback({ em, transaction }: TransactionEventArgs): Promise<void> {
    const open = this.transactions.known(transaction);
    if (!open?.kept.isUsed || open.isSavepoint || open.stage === 'ended') return;
    const outcome = await this.outcome(open, em, transaction);
    if (outcome) await this.end(open, em, outcome);
  }

  async afterTransactionRollback({ em, transaction }: TransactionEventArgs): Promise<void> {
    const open = this.transactions.ended(transaction);
    if (open?.isSavepoint) open.rollBack();
    else if (open) await this.end(open, em, 'rolled back');
  }

  /** Delivers the messages of a flush that had nothing to write, or no transaction to write in. */
  async afterFlush({ uow }: FlushEventArgs): Promise<void> {
    const open = this.transactions.takeFlush(uow);
    if (!open) return;
    for (const message of open.kept.take('before-commit')) await message.delivery.atOnce?.(message);
    for (const [delivery, messages] of byNeed(coalesce(open.kept.take('storing')))) await delivery.store?.(messages);
    for (const message of open.kept.take('after-commit')) await message.delivery.atOnce?.(message);
  }

  /** Waits for the sends in a transaction that were not awaited. Their errors refuse it; their pending work is flushed. */
  private async awaitSends(open: OpenTransaction, em: EntityManager | undefined): Promise<void> {
    while (open.sends.size > 0) {
      const sends = [...open.sends];
      const own = sends.find(({ scope }) => scope && this.phases.isReceiving(scope));
      if (own) throw committedByReceiver(own.label);
      this.registry.log.sendsNotAwaited?.(sends.map(({ label }) => label));
      const ends = await Promise.allSettled(sends.map(({ settled = Promise.resolve() }) => settled));
      for (const [at, end] of ends.entries()) if (end.status === 'rejected') open.refuse(end.reason, sends[at]!.label);
      for (const send of sends) send.release();
      if (!open.refusal) await em?.flush();
    }
  }

  /** Delivers, too, the messages that receivers send meanwhile. @returns whether any message was stored. */
  private async runBeforeCommit(open: OpenTransaction, em: EntityManager): Promise<boolean> {
    const scope = new JoinedScope(em, this.phases);
    for (let due = open.kept.take('before-commit'); due.length > 0; due = open.kept.take('before-commit')) {
      for (const call of deferredCalls(due)) await call.run(scope);
    }
    const storing = byNeed(coalesce(open.kept.take('storing')));
    for (const [delivery, messages] of storing) {
      const { em: own } = scope.own;
      await scope.run(() => delivery.store?.(messages, own), undefined);
    }
    return storing.length > 0;
  }

  /** Returns the outcome that is certain before ROLLBACK is sent; undefined if it can be sent. */
  private async outcome(
    open: OpenTransaction,
    em: EntityManager,
    trx: { readonly isCommitted?: boolean },
  ): Promise<Outcome | undefined> {
    if (trx.isCommitted) return 'committed';
    const matters = open.stage === 'sealed' || open.kept.has('after-rollback');
    if (!matters || (await answers(em, trx))) return undefined;
    return open.stage === 'sealed' ? outcomeOf(em, open.xid) : 'rolled back';
  }

  private async end(open: OpenTransaction, em: EntityManager, outcome: Outcome): Promise<void> {
    if (open.stage === 'ended') return;
    open.end();
    // The EntityManager would go on using the transaction that is over.
    em.resetTransactionContext();
    const rolledBack = open.kept.takeRolledBack(outcome === 'rolled back');
    if (observation.drop.hasSubscribers && outcome !== 'unknown') {
      for (const { sending, record } of open.kept.takeDropped(outcome === 'rolled back')) {
        observation.drop.publish({ send: sending, receiver: record.uid } satisfies ObservedDrop);
      }
    }
    if (outcome === 'committed') for (const call of open.calls) call();
    if (outcome === 'committed') await runAll(deferredCalls(open.kept.take('after-commit')));
    if (outcome === 'unknown') await failUnknown(open);
    await runAll(deferredCalls(rolledBack));
  }
}

/** Fails the calls that depend on an outcome that stays unknown. */
async function failUnknown(open: OpenTransaction): Promise<void> {
  for (const call of deferredCalls([...open.kept.take('after-commit'), ...open.kept.takeRolledBack(true)])) {
    await call.fail(
      new SignalError('OUTCOME_UNKNOWN', {
        what: `The answer to COMMIT was lost, and it is unknown whether the transaction was committed.`,
        at: `the message for ${call.record.uid}, which was not called`,
        fix: 'look at the data, and make up for the call by hand.',
      }),
    );
  }
}

function committedByReceiver(receiver: string): SignalError {
  return new SignalError('TRANSACTION_REFUSED', {
    what: `${receiver} cannot commit the transaction that its message was sent in: COMMIT waits for its end.`,
    at: 'em.commit() in a receiver',
    fix: 'leave COMMIT to the code that has begun the transaction, or use a transaction of your own: em.fork().',
  });
}

export function transactionRefused({ refusal, isSavepoint }: OpenTransaction): SignalError {
  const cause = refusal?.error;
  const why =
    cause instanceof RolledBack
      ? 'the server has rolled it back, because of an error, such as a deadlock, that was caught inside it'
      : hasGivenUp(cause)
        ? 'PostgreSQL has given it up, because of an error that was caught inside it'
        : `a receiver failed inside it${refusal?.by === undefined ? '' : `: ${refusal.by}`}`;
  return new SignalError('TRANSACTION_REFUSED', {
    what: `This ${isSavepoint ? 'savepoint' : 'transaction'} cannot be committed: ${why}.`,
    at: isSavepoint ? 'the end of a nested transaction' : 'COMMIT',
    fix: 'roll it back; let errors pass, or catch them around a nested transaction of their own.',
    cause,
  });
}
