import type { EntityManager } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import { withCurrentEm } from '../receiver/current-em.js';
import { forkOf } from '../receiver/receiver-scopes.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import { flushPending } from '../receiver/pending-work.js';
import { transactionRefused } from './transaction-watch.js';
import type { Transactions } from './transactions.js';

/**
 * The scope of a robust send in a transaction: each receiver has an EntityManager of its own on a savepoint of its own.
 * One that fails is undone, with the messages that it sent, and the transaction can go on.
 */
export class SavepointScope implements Scope {
  readonly holdsTransaction = true;
  private fork: EntityManager | undefined;

  constructor(
    private readonly outer: EntityManager,
    private readonly transactions: Transactions,
    private readonly phases: FlushPhases,
  ) {}

  get own(): { readonly em: EntityManager } {
    return { em: (this.fork ??= forkOf(this.outer, this)) };
  }

  run<Payload>(receive: (payload: Payload) => unknown, payload: Payload): Promise<unknown> {
    const call = () => receive(payload);
    const { em } = this.own;
    this.fork = undefined;
    // The fork is on the transaction of the send.
    const trx: object = em.getTransactionContext()!;
    // A receiver of this send that sends again in the transaction would wait for itself.
    if (this.phases.current?.holding?.has(trx)) return this.within(trx, em, call);
    return this.transactions.inTurn(trx, () => this.within(trx, em, call));
  }

  private async within(trx: object, em: EntityManager, call: () => unknown): Promise<unknown> {
    const connection = em.getConnection('write');
    const savepoint = await connection.begin({ ctx: trx });
    this.transactions.nested(savepoint, trx);
    em.setTransactionContext(savepoint);
    try {
      const value = await this.call(trx, em, call);
      await flushPending(em);
      const open = this.transactions.known(savepoint);
      if (open?.refusal) throw transactionRefused(open);
      await connection.commit(savepoint);
      return value;
    } catch (error) {
      this.transactions.known(savepoint)?.rollBack();
      await connection.rollback(savepoint);
      throw error;
    }
  }

  private call(trx: object, em: EntityManager, call: () => unknown): unknown {
    const { outer, phases } = this;
    const holding = new Set([...(phases.current?.holding ?? []), trx]);
    return phases.afterSql(outer, this, () => withCurrentEm(em, call), holding);
  }
}
