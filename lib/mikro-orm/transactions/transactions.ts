import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import { OpenTransaction } from './open-transaction.js';
import { getOrInsert } from '../../core/index.js';

type Trx = object;

/**
 * The transactions of one application that have a state.
 *
 * The values of a WeakMap live until the next full collection, even if their keys are gone: an EntityManager, with all
 * that it has loaded, is taken out when its transaction ends.
 */
export class Transactions {
  private readonly open = new WeakMap<Trx, OpenTransaction>();
  private readonly enclosing = new WeakMap<Trx, Trx>();
  /** The EntityManagers that began outermost transactions. */
  private readonly ems = new WeakMap<Trx, EntityManager>();
  private readonly starting = new WeakMap<EntityManager, Trx>();
  /** The state of flushes that have no transaction yet. */
  private readonly pending = new WeakMap<UnitOfWork, OpenTransaction>();
  private readonly turns = new WeakMap<Trx, Promise<unknown>>();

  /** Returns the state of a transaction; undefined if it has none. */
  known(trx: Trx | undefined): OpenTransaction | undefined {
    return trx && this.open.get(trx);
  }

  /** Returns the state of a transaction; makes it if there is none. */
  of(trx: Trx): OpenTransaction {
    return getOrInsert(this.open, trx, () => {
      const outer = this.enclosing.get(trx);
      return new OpenTransaction(outer && this.of(outer), this.ems.get(trx));
    });
  }

  /** Returns the state of the transaction that a flush will open if it has anything to write. */
  ofFlush(uow: UnitOfWork): OpenTransaction {
    return getOrInsert(this.pending, uow, () => new OpenTransaction());
  }

  /** Returns, when a flush ends, the state for which it had no transaction; when one begins, that of one that failed before it. */
  takeFlush(uow: UnitOfWork): OpenTransaction | undefined {
    const open = this.pending.get(uow);
    this.pending.delete(uow);
    return open;
  }

  /** @param outer - the transaction of a savepoint. */
  begins(em: EntityManager, outer: Trx | undefined): void {
    if (outer) this.starting.set(em, outer);
  }

  began(em: EntityManager, uow: UnitOfWork | undefined, trx: Trx): void {
    const outer = this.starting.get(em);
    this.starting.delete(em);
    if (outer) return this.nested(trx, outer);
    this.ems.set(trx, em);
    const open = uow && this.takeFlush(uow);
    if (open && isFlushing(uow)) this.open.set(trx, open.beginsWith(em));
  }

  /** @returns its state, if it has one. */
  ended(trx: Trx): OpenTransaction | undefined {
    this.ems.delete(trx);
    return this.open.get(trx);
  }

  /** Notes that a savepoint is made in a transaction. */
  nested(savepoint: Trx, outer: Trx): void {
    this.enclosing.set(savepoint, outer);
  }

  /** Calls one after another what needs a transaction for itself: savepoints are a stack. */
  inTurn<T>(trx: Trx, call: () => Promise<T>): Promise<T> {
    const turn = Promise.resolve(this.turns.get(trx)).then(call);
    const ended = turn.catch(() => {});
    this.turns.set(trx, ended);
    return turn;
  }
}

/** Returns whether the transaction is that of a flush, not one that the application begins after a flush has failed. */
export function isFlushing(uow: UnitOfWork): boolean {
  return uow.getChangeSets().length > 0 || uow.getCollectionUpdates().length > 0 || uow.getExtraUpdates().size > 0;
}
