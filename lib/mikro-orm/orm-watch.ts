import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import type { Relations } from './collections/relations.js';
import { FlushWatch } from './flush/flush-watch.js';
import { LoadWatch } from './loading/load-watch.js';
import { watchMigrator } from './migrations/migrator-watch.js';
import type { ModelChannels } from './model-channels.js';
import { guardQueries } from './receiver/guards.js';
import type { Running } from './receiver/running.js';
import { watchConnections } from './starting/connection-watch.js';
import { tellPrepared } from './starting/prepared-entities.js';
import { TransactionWatch } from './transactions/transaction-watch.js';
import type { Transactions } from './transactions/transactions.js';
import { BulkWatch } from './writes/bulk-watch.js';
import type { OrmUnitsOfWork } from './units-of-work.js';
import { UpsertWatch } from './writes/upsert-watch.js';

/** What all MikroORMs of an application share. */
interface Shared {
  readonly registry: SignalRegistry;
  readonly channels: ModelChannels;
  readonly relations: Relations;
  readonly running: Running;
  readonly transactions: Transactions;
  readonly unitsOfWork: OrmUnitsOfWork;
}

const USE_CONNECTION = 'use the `connection` of the payload: an EntityManager would wait for another one.';

const WAIT = 'wait until the application has started: use onApplicationBootstrap(), or receive PostMigrate.';

/** Hears everything that one MikroORM does. */
export class OrmWatch {
  private readonly channels: ModelChannels;
  private readonly unitsOfWork: OrmUnitsOfWork;
  private readonly loads: LoadWatch;

  constructor(
    readonly orm: MikroORM,
    { registry, channels, relations, running, transactions, unitsOfWork }: Shared,
  ) {
    this.channels = channels;
    this.unitsOfWork = unitsOfWork;
    guardQueries(orm, running);
    watchConnections(orm, channels.connectionCreated, () => unitsOfWork.none(USE_CONNECTION));
    watchMigrator(orm, channels.preMigrate, channels.postMigrate, schema => unitsOfWork.ofMigrations(orm.em, schema));
    this.loads = new LoadWatch(orm, channels.postInit, channels.postLoad);
    this.register(new FlushWatch(channels, relations, running, transactions));
    this.register(new UpsertWatch(orm, channels.preUpsert, channels.postUpsert, running));
    this.register(new BulkWatch(channels.preBulkWrite, channels.postBulkWrite, running) as EventSubscriber);
    // The last, so that what receivers of the others send has its turn.
    this.register(new TransactionWatch(transactions, registry, running));
  }

  get name(): string {
    return this.orm.em.name;
  }

  /** The application has started. */
  tellPrepared(): Promise<void> {
    return tellPrepared(this.orm, this.channels.entityPrepared, this.unitsOfWork.none(WAIT));
  }

  /** Somebody new hears `PostInit` or `PostLoad`. */
  watchLoads(): void {
    this.loads.watch();
  }

  private register(watch: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber(watch);
  }
}
