import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { Running } from '../receiver/running.js';
import type { BulkHook, BulkWrite } from './with-bulk-signals.js';

/** Tells of the bulk writes of one MikroORM. Registered as a subscriber that listens to nothing, to be found there. */
export class BulkWatch implements BulkHook {
  readonly isBulkHook = true;

  constructor(
    private readonly preBulkWrite: ModelChannel,
    private readonly postBulkWrite: ModelChannel,
    private readonly running: Running,
  ) {}

  hears({ class: entity }: EntityMetadata): boolean {
    return this.preBulkWrite.hears(entity) || this.postBulkWrite.hears(entity);
  }

  async around<T>(
    em: EntityManager,
    write: BulkWrite,
    run: () => Promise<T>,
    count: (result: T) => number,
  ): Promise<T> {
    await this.tell(this.preBulkWrite, em, write);
    const result = await run();
    await this.tell(this.postBulkWrite, em, write, count(result));
    return result;
  }

  private async tell(channel: ModelChannel, em: EntityManager, write: BulkWrite, affected?: number): Promise<void> {
    const { meta, ...told } = write;
    if (!channel.hears(meta.class)) return;
    const scope = new TransactionScope(em);
    const tell = () => channel.tell(meta.class, { ...told, affected, using: em.name }, scope);
    const uow = em.getUnitOfWork(false);
    await this.running.within({ phase: 'after', em, uow, scope }, () => scope.enter(tell));
  }
}
