import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type Sending, SignalError } from '../../core/index.js';
import { inTransactionContext, OwnEm } from '../receiver/current-em.js';
import { CallerScope, TransactionScope } from '../receiver/receiver-scopes.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import type { OpenTransaction } from './open-transaction.js';
import type { Transactions } from './transactions.js';

/** The search for the transaction that a message belongs to. */
export class WhichTransaction {
  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly transactions: Transactions,
    private readonly phases: FlushPhases,
  ) {}

  /** @throws {SignalError} `AMBIGUOUS_TRANSACTION` */
  of(sending: Sending): OpenTransaction | undefined {
    const { scope } = sending;
    // All signals of a flush belong to one.
    if (scope instanceof TransactionScope) return (scope.open ??= this.find(sending));
    return this.find(sending);
  }

  private find(sending: Sending): OpenTransaction | undefined {
    const ems = this.emsOf(sending);
    if (ems.length > 1) throw ambiguous(sending, ems);
    return ems[0] && this.openOf(ems[0]);
  }

  /** Returns the transaction of a message; undefined if it has none, and if it could be one of several. */
  only(sending: Sending): OpenTransaction | undefined {
    const [em, ...others] = this.emsOf(sending);
    return em && others.length === 0 ? this.openOf(em) : undefined;
  }

  /** Returns all transactions that a message could belong to. */
  allOf(sending: Sending): OpenTransaction[] {
    return this.emsOf(sending).flatMap(em => this.openOf(em) ?? []);
  }

  /** Returns the EntityManagers, of different MikroORMs, whose transactions a message could belong to. */
  emsOf({ options }: Sending): EntityManager[] {
    if (options.em) return this.isHooked(options.em) && this.isOpen(options.em.getContext(false)) ? [options.em] : [];
    const { current } = this.phases;
    if (current) return this.emsOfFlush(current.em);
    return this.current().flatMap(em => (em instanceof OwnEm || !em.getTransactionContext() ? [] : [em]));
  }

  /** Returns the EntityManager of a flush or a delivery that is running, or of a transaction that its receiver has begun. */
  private emsOfFlush(flushing: EntityManager): EntityManager[] {
    const own = this.currentOf(flushing);
    const begun = inTransactionContext();
    // An EntityManager that nothing has asked for has begun nothing.
    const other = begun instanceof OwnEm ? own : (begun ?? own);
    return [own, other].filter(em => this.isHooked(em) && this.isOpen(em)).slice(0, 1);
  }

  private openOf(em: EntityManager): OpenTransaction | undefined {
    const trx = em.getTransactionContext();
    if (trx) return this.transactions.of(trx);
    return this.isBeforeSql(em) ? this.transactions.ofFlush(em.getUnitOfWork(false)) : undefined;
  }

  private isOpen(em: EntityManager): boolean {
    return em.getTransactionContext() !== undefined || this.isBeforeSql(em);
  }

  /** Returns whether its flush is calling receivers, and has opened no transaction yet. */
  private isBeforeSql(em: EntityManager): boolean {
    const { current } = this.phases;
    return current?.phase === 'before' && current.uow === em.getUnitOfWork(false);
  }

  /** Returns the EntityManager that stands for this one now: a transaction that it has begun has one of its own. */
  private currentOf(em: EntityManager): EntityManager {
    const current = inTransactionContext();
    return current instanceof OwnEm || current?.name !== em.name ? em : current;
  }

  /** Returns the current EntityManager of each MikroORM, or an {@link OwnEm} that nothing has asked for yet. */
  current(): (EntityManager | OwnEm)[] {
    const transactional = inTransactionContext();
    return [...this.orms].map(({ em }) => (transactional?.name === em.name ? transactional : em.getContext(false)));
  }

  /** Returns the EntityManagers with which a message is sent: the first is the one whose transaction it would belong to. */
  sendersOf({ options, scope }: Sending): (EntityManager | OwnEm)[] {
    const current = this.current();
    const { current: phase } = this.phases;
    const first =
      options.em?.getContext(false) ??
      (phase && this.isHooked(phase.em) ? this.currentOf(phase.em) : undefined) ??
      (scope instanceof CallerScope ? scope.own.em : undefined) ??
      current.find(em => !(em instanceof OwnEm) && em.getTransactionContext() !== undefined);
    const others = current.filter(em => em.name !== first?.name);
    return first ? [first, ...others] : others;
  }

  private isHooked(em: EntityManager): boolean {
    return [...this.orms].some(orm => orm.em.name === em.name);
  }
}

function ambiguous({ channel }: Sending, ems: readonly EntityManager[]): SignalError {
  return new SignalError('AMBIGUOUS_TRANSACTION', {
    what: `${channel.name} is sent while ${ems.map(({ name }) => `'${name}'`).join(' and ')} are in a transaction.`,
    at: `a send of ${channel.name}`,
    fix: `say which it belongs to: ${channel.name}.send(sender, payload, { em }).`,
  });
}
