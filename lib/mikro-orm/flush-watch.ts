import type { EventSubscriber, FlushEventArgs, TransactionEventArgs, UnitOfWork } from '@mikro-orm/core';
import { tellWritten } from './after-sql.js';
import { BeforeSql } from './before-sql.js';
import { withCurrentEm } from './current-em.js';
import type { ModelChannels } from './model-channels.js';
import { TransactionScope } from './receiver-scopes.js';

/**
 * Turns the flushes of one MikroORM into model signals.
 *
 * It looks at the change sets of a flush as a whole, not at one entity at a time: that is cheaper, and the only
 * way in which inheritance, cascades and the order of a flush come out right.
 */
export class FlushWatch implements EventSubscriber {
  /** The flushes that are under way and have something left to tell. */
  private readonly flushes = new WeakMap<UnitOfWork, BeforeSql>();

  constructor(private readonly channels: ModelChannels) {}

  /** The first event of a flush. */
  async beforeFlush({ em, uow }: FlushEventArgs): Promise<void> {
    this.flushes.delete(uow);
    if (!this.channels.areOpen) return;
    const flush = new BeforeSql(em, uow, this.channels);
    this.flushes.set(uow, flush);
    if (uow.getRemoveStack().size > 0) await withCurrentEm(em, () => flush.tellRemoved());
  }

  /** The changes are known, and no SQL has been sent. */
  async onFlush({ em, uow }: FlushEventArgs): Promise<void> {
    const flush = this.flushes.get(uow);
    if (flush) await withCurrentEm(em, () => flush.tellAll());
  }

  /** An implicit transaction: every row is there, and nothing is committed yet. */
  async beforeTransactionCommit({ em, uow }: TransactionEventArgs): Promise<void> {
    if (uow) await this.tellWritten(em, uow);
  }

  /** In an explicit transaction, or without any, the end of the flush is the last moment. */
  async afterFlush({ em, uow }: FlushEventArgs): Promise<void> {
    await this.tellWritten(em, uow);
  }

  private async tellWritten(em: FlushEventArgs['em'], uow: UnitOfWork): Promise<void> {
    const flush = this.flushes.get(uow);
    this.flushes.delete(uow);
    if (!flush) return;
    const { removals } = flush;
    const scope = new TransactionScope(em);
    await withCurrentEm(scope.em, () => tellWritten(flush.listed().values(), removals, em, this.channels, scope));
  }
}
