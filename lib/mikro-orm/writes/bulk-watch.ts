import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { ModelChannel } from '../model-channel.js';
import { TransactionScope } from '../receiver/receiver-scopes.js';
import type { FlushPhases } from '../receiver/flush-phases.js';
import type { BulkHook, BulkWrite } from './with-bulk-signals.js';

/** Sends the signals about the bulk writes of one MikroORM. Registered as a subscriber without hooks, to be found there. */
export class BulkWatch implements BulkHook {
  readonly isBulkHook = true;

  constructor(
    private readonly preBulkWrite: ModelChannel,
    private readonly postBulkWrite: ModelChannel,
    private readonly phases: FlushPhases,
  ) {}

  hasAudience({ class: entity }: EntityMetadata): boolean {
    return this.preBulkWrite.hasAudience(entity) || this.postBulkWrite.hasAudience(entity);
  }

  async around<T>(em: EntityManager, write: BulkWrite, run: () => Promise<T>): Promise<T> {
    await this.send(this.preBulkWrite, em, write);
    const result = await run();
    // An insert returns keys.
    const affected = write.operation === 'insert' ? [write.data].flat().length : result;
    await this.send(this.postBulkWrite, em, write, affected);
    return result;
  }

  private async send(channel: ModelChannel, em: EntityManager, write: BulkWrite, affected?: unknown): Promise<void> {
    const { meta, ...payload } = write;
    if (!channel.hasAudience(meta.class)) return;
    const scope = new TransactionScope(em);
    const send = () => channel.send(meta.class, { ...payload, affected, using: em.name }, scope);
    await this.phases.afterSql(em, scope, () => scope.enter(send));
  }
}
