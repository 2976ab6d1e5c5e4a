import type { SignalRegistry } from '../core/index.js';
import { M2mChanged } from './collections/m2m-changed.js';
import { PostInit, PostLoad } from './loading/loading-signals.js';
import { PostMigrate, PreMigrate } from './migrations/migration-signals.js';
import { ModelChannel } from './model-channel.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import { ConnectionCreated, EntityPrepared } from './starting/starting-signals.js';
import { PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
import { PostUpsert, PreUpsert } from './writes/upsert-signals.js';

/** The signals that MikroORM's doings become, in one application. */
export class ModelChannels {
  readonly preSave = this.channel(PreSave);
  readonly postSave = this.channel(PostSave);
  readonly preDelete = this.channel(PreDelete);
  readonly postDelete = this.channel(PostDelete);
  readonly m2mChanged = this.channel(M2mChanged);
  readonly preUpsert = this.channel(PreUpsert);
  readonly postUpsert = this.channel(PostUpsert);
  readonly preBulkWrite = this.channel(PreBulkWrite);
  readonly postBulkWrite = this.channel(PostBulkWrite);
  readonly postInit = this.channel(PostInit);
  readonly postLoad = this.channel(PostLoad);
  readonly entityPrepared = this.channel(EntityPrepared);
  readonly connectionCreated = this.channel(ConnectionCreated);
  readonly preMigrate = this.channel(PreMigrate);
  readonly postMigrate = this.channel(PostMigrate);

  constructor(private readonly registry: SignalRegistry) {}

  /** Whether anybody might want to know anything of a flush. */
  get areOpen(): boolean {
    const { preSave, postSave, preDelete, postDelete, m2mChanged } = this;
    return preSave.isOpen || postSave.isOpen || preDelete.isOpen || postDelete.isOpen || m2mChanged.isOpen;
  }

  get maxDepth(): number {
    return this.registry.nesting.maxDepth;
  }

  private channel(signal: ConstructorParameters<typeof ModelChannel>[1]): ModelChannel {
    return new ModelChannel(this.registry, signal);
  }
}
