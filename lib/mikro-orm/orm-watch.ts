import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { Relations } from './collections/relations.js';
import { FlushWatch } from './flush/flush-watch.js';
import { LoadWatch } from './loading/load-watch.js';
import { watchMigrator } from './migrations/migrator-watch.js';
import type { ModelChannels } from './model-channels.js';
import { guardQueries } from './receiver/guards.js';
import type { Running } from './receiver/running.js';
import { watchConnections } from './starting/connection-watch.js';
import { tellPrepared } from './starting/prepared-entities.js';
import { BulkWatch } from './writes/bulk-watch.js';
import { UpsertWatch } from './writes/upsert-watch.js';

/** Hears everything that one MikroORM does. */
export class OrmWatch {
  private readonly loads: LoadWatch;

  constructor(
    readonly orm: MikroORM,
    private readonly channels: ModelChannels,
    relations: Relations,
    running: Running,
  ) {
    guardQueries(orm, running);
    watchConnections(orm, channels.connectionCreated);
    watchMigrator(orm, channels.preMigrate, channels.postMigrate);
    this.loads = new LoadWatch(orm, channels.postInit, channels.postLoad);
    this.register(new FlushWatch(channels, relations, running));
    this.register(new UpsertWatch(channels.preUpsert, channels.postUpsert, running));
    this.register(new BulkWatch(channels.preBulkWrite, channels.postBulkWrite, running) as EventSubscriber);
  }

  get name(): string {
    return this.orm.em.name;
  }

  /** The application has started. */
  tellPrepared(): Promise<void> {
    return tellPrepared(this.orm, this.channels.entityPrepared);
  }

  /** Somebody new hears `PostInit` or `PostLoad`. */
  watchLoads(): void {
    this.loads.watch();
  }

  private register(watch: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber(watch);
  }
}
