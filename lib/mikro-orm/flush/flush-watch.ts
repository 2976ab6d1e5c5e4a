import type { EventSubscriber, FlushEventArgs, TransactionEventArgs, UnitOfWork } from '@mikro-orm/core';
import { keepWritten, tellWritten } from './after-sql.js';
import { BeforeSql } from './before-sql.js';
import { RunningFlush } from './running-flush.js';
import { Drift } from './drift.js';
import { KnownRows } from './known-rows.js';
import type { Relations } from '../collections/relations.js';
import { withCurrentEm } from '../receiver/current-em.js';
import { guardFlush, refuseForeign } from '../receiver/guards.js';
import { LastInFlush } from './last-in-flush.js';
import type { ModelChannels } from '../model-channels.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { Running } from '../receiver/running.js';
import type { Transactions } from '../transactions/transactions.js';

type Em = FlushEventArgs['em'];

/**
 * Turns the flushes of one MikroORM into model signals.
 *
 * It looks at the change sets of a flush as a whole, not at one entity at a time: that is cheaper, and the only
 * way in which inheritance, cascades and the order of a flush come out right.
 */
export class FlushWatch implements EventSubscriber {
  /** The flushes that are under way and have something left to tell. */
  private readonly flushes = new WeakMap<UnitOfWork, BeforeSql>();
  private readonly rows = new KnownRows();
  private readonly drift = new Drift();
  private readonly last = new LastInFlush(args => this.tellAll(args));

  constructor(
    private readonly channels: ModelChannels,
    private readonly relations: Relations,
    private readonly running: Running,
    private readonly transactions: Transactions,
  ) {}

  /** The first event of a flush. What the application removed is told here, before MikroORM looks for what goes with it. */
  async beforeFlush({ em, uow }: FlushEventArgs): Promise<void> {
    this.flushes.delete(uow);
    this.transactions.forgetFlush(uow);
    refuseForeign(uow, this.running);
    if (!this.channels.areOpen) return;
    this.last.takePlace(em.getEventManager());
    const beforeSql = new BeforeSql(new RunningFlush(em, uow, this.channels, this.relations, this.rows));
    this.flushes.set(uow, beforeSql);
    if (uow.getRemoveStack().size > 0) await this.before(beforeSql, () => beforeSql.tellRemoved());
    beforeSql.notePersisted();
  }

  /** The changes are known, and no SQL has been sent. */
  private async tellAll({ uow }: FlushEventArgs): Promise<void> {
    const beforeSql = this.flushes.get(uow);
    if (beforeSql?.look()) await this.before(beforeSql, () => beforeSql.tellAll());
  }

  /** An implicit transaction: every row is there, and nothing is committed yet. */
  async beforeTransactionCommit({ em, uow, transaction }: TransactionEventArgs): Promise<void> {
    if (uow) await this.tellWritten(em, uow, transaction);
  }

  /** In an explicit transaction, or without any, the end of the flush is the last moment. */
  async afterFlush({ em, uow }: FlushEventArgs): Promise<void> {
    await this.tellWritten(em, uow);
  }

  private async before({ flush: { em, uow }, scope }: BeforeSql, tell: () => Promise<void>): Promise<void> {
    const release = guardFlush(em, uow, this.running);
    try {
      await this.running.within({ phase: 'before', em, uow, scope }, () => withCurrentEm(em, tell));
    } finally {
      release();
    }
  }

  /** @param closing - the transaction, where it is committed next. */
  private async tellWritten(em: Em, uow: UnitOfWork, closing?: object): Promise<void> {
    const { flush } = this.flushes.get(uow) ?? {};
    this.flushes.delete(uow);
    const written = flush?.takeWritten() ?? [];
    if (!flush || (written.length === 0 && flush.collections.areIdle)) return;
    const isAhead = closing !== undefined && flush.areKept(written);
    const scope = new TransactionScope(em);
    if (isAhead) scope.open = this.transactions.of(closing).askAhead(em, closing);
    if (!isAhead) flush.drift = this.drift.of(em);
    const tell = () => (isAhead ? keepWritten : tellWritten)(flush, written, scope);
    await this.running.within({ phase: 'after', em, uow, scope }, () => scope.enter(tell));
  }
}
