import type { EntityManager, EventSubscriber, FlushEventArgs, TransactionEventArgs, UnitOfWork } from '@mikro-orm/core';
import { BeforeSql } from './before-sql.js';
import { RunningFlush } from './running-flush.js';
import { Drift, DriftOfFlush } from './drift.js';
import { KnownRows } from './known-rows.js';
import type { Relations } from '../collections/relations.js';
import { withCurrentEm } from '../receiver/current-em.js';
import { guardFlush, refuseForeign } from '../receiver/guards.js';
import { LastInFlush } from './last-in-flush.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import { channelsSentBy, type ModelChannels } from '../signals.js';
import type { Transactions } from '../transactions/transactions.js';

/**
 * Turns the flushes of one MikroORM into model signals.
 *
 * It looks at the change sets of a flush as a whole, not at one entity at a time: that is cheaper, and the only
 * way in which inheritance, cascades and the order of a flush come out right.
 */
export class FlushWatch implements EventSubscriber {
  /** The flushes that are under way and have signals to send. */
  private readonly flushes = new WeakMap<UnitOfWork, BeforeSql>();
  private readonly rows = new KnownRows();
  private readonly drift = new Drift();
  private readonly last = new LastInFlush(args => this.sendBeforeSql(args));
  private readonly ofFlush = channelsSentBy(this.channels, 'flush');

  constructor(
    private readonly channels: ModelChannels,
    private readonly relations: Relations,
    private readonly phases: FlushPhases,
    private readonly transactions: Transactions,
  ) {}

  /** The first event of a flush, before MikroORM looks for the entities that go with those that the application removed. */
  async beforeFlush({ em, uow }: FlushEventArgs): Promise<void> {
    this.flushes.delete(uow);
    this.transactions.takeFlush(uow);
    refuseForeign(uow, this.phases);
    if (!this.ofFlush.some(channel => channel.hasAudience())) return;
    this.last.takePlace(em.getEventManager());
    const beforeSql = new BeforeSql(new RunningFlush(em, this.channels, this.relations, this.rows));
    this.flushes.set(uow, beforeSql);
    if (uow.getRemoveStack().size > 0) await this.before(beforeSql, () => beforeSql.sendRemovals());
    beforeSql.notePersisted();
  }

  /** Called when the changes are known, and no SQL was run. */
  private async sendBeforeSql({ uow }: FlushEventArgs): Promise<void> {
    const beforeSql = this.flushes.get(uow);
    if (beforeSql?.captureBeforeSql()) await this.before(beforeSql, () => beforeSql.sendAll());
    beforeSql?.flush.settle();
  }

  /** Called at the end of an implicit transaction: every row is written, and nothing is committed yet. */
  async beforeTransactionCommit({ em, uow, transaction }: TransactionEventArgs): Promise<void> {
    if (uow) await this.sendAfterSql(em, uow, transaction);
  }

  /** Called last in an explicit transaction, or without any. */
  async afterFlush({ em, uow }: FlushEventArgs): Promise<void> {
    await this.sendAfterSql(em, uow);
  }

  private async before({ flush: { em, uow }, scope }: BeforeSql, send: () => Promise<void>): Promise<void> {
    const release = guardFlush(em, uow, this.phases);
    try {
      await this.phases.within({ phase: 'before', em, uow, scope }, () => withCurrentEm(em, send));
    } finally {
      release();
    }
  }

  /** @param closing - the transaction, if it is committed next. */
  private async sendAfterSql(em: EntityManager, uow: UnitOfWork, closing?: object): Promise<void> {
    const { flush } = this.flushes.get(uow) ?? {};
    this.flushes.delete(uow);
    const written = flush?.takeWritten() ?? [];
    if (!flush || (written.length === 0 && flush.collections.areIdle)) return;
    const isEarly = closing !== undefined && flush.areKept(written);
    const scope = new TransactionScope(em);
    if (isEarly) scope.open = this.transactions.of(closing).askEarly(em, closing);
    if (!isEarly) flush.drift = new DriftOfFlush(this.drift, em);
    const send = () => flush.sendWritten(written, scope, isEarly);
    await this.phases.afterSql(em, scope, () => scope.enter(send));
  }
}
