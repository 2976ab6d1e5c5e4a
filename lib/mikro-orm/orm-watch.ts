import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import { FlushWatch } from './flush/flush-watch.js';
import { LoadWatch } from './loading/load-watch.js';
import { watchMigrator } from './migrations/migrator-watch.js';
import { guardQueries } from './receiver/guards.js';
import type { ModelChannels } from './signals.js';
import { sendPrepared, watchConnections } from './starting/starting-watch.js';
import { TransactionWatch } from './transactions/transaction-watch.js';
import { BulkWatch } from './writes/bulk-watch.js';
import type { OrmUnitsOfWork } from './units-of-work.js';
import { UpsertWatch } from './writes/upsert-watch.js';

const USE_CONNECTION = 'use the `connection` of the payload: an EntityManager would wait for another one.';

const WAIT = 'wait until the application has started: use onApplicationBootstrap(), or receive PostMigrate.';

/** The watches of one MikroORM: they send all model signals about its work. */
export class OrmWatch {
  /** Watches the entities that have got receivers of `PostInit` or `PostLoad`. */
  readonly loads: LoadWatch;

  constructor(
    readonly orm: MikroORM,
    registry: SignalRegistry,
    private readonly channels: ModelChannels,
    private readonly unitsOfWork: OrmUnitsOfWork,
  ) {
    const { relations, phases, transactions } = unitsOfWork;
    guardQueries(orm, phases);
    watchConnections(orm, channels.connectionCreated, () => unitsOfWork.none(USE_CONNECTION));
    watchMigrator(orm, channels.preMigrate, channels.postMigrate, schema => unitsOfWork.ofMigrations(orm.em, schema));
    this.loads = new LoadWatch(orm, channels.postInit, channels.postLoad);
    this.register(new FlushWatch(channels, relations, phases, transactions));
    this.register(new UpsertWatch(orm, channels.preUpsert, channels.postUpsert, phases));
    this.register(new BulkWatch(channels.preBulkWrite, channels.postBulkWrite, phases) as EventSubscriber);
    // The last, so that the messages that receivers of the others send have their turn.
    this.register(new TransactionWatch(transactions, registry, phases));
  }

  /** Sends `EntityPrepared` when the application has started. */
  sendPrepared(): Promise<void> {
    return sendPrepared(this.orm, this.channels.entityPrepared, this.unitsOfWork.none(WAIT));
  }

  private register(watch: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber(watch);
  }
}
