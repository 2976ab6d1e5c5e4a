import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import type { Relations } from './collections/relations.js';
import { FlushWatch } from './flush/flush-watch.js';
import { LoadWatch } from './loading/load-watch.js';
import { watchMigrator } from './migrations/migrator-watch.js';
import { guardQueries } from './receiver/guards.js';
import type { FlushPhases } from './receiver/flush-phases.js';
import type { ModelChannels } from './signals.js';
import { sendPrepared, watchConnections } from './starting/starting-watch.js';
import { TransactionWatch } from './transactions/transaction-watch.js';
import type { Transactions } from './transactions/transactions.js';
import { BulkWatch } from './writes/bulk-watch.js';
import type { OrmUnitsOfWork } from './units-of-work.js';
import { UpsertWatch } from './writes/upsert-watch.js';

/** The objects that all MikroORMs of an application share. */
interface Shared {
  readonly registry: SignalRegistry;
  readonly channels: ModelChannels;
  readonly relations: Relations;
  readonly phases: FlushPhases;
  readonly transactions: Transactions;
  readonly unitsOfWork: OrmUnitsOfWork;
}

const USE_CONNECTION = 'use the `connection` of the payload: an EntityManager would wait for another one.';

const WAIT = 'wait until the application has started: use onApplicationBootstrap(), or receive PostMigrate.';

/** The watches of one MikroORM: they send all model signals about its work. */
export class OrmWatch {
  /** Watches the entities that have got receivers of `PostInit` or `PostLoad`. */
  readonly loads: LoadWatch;

  constructor(
    readonly orm: MikroORM,
    private readonly shared: Shared,
  ) {
    const { registry, channels, relations, phases, transactions, unitsOfWork } = shared;
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
    const { channels, unitsOfWork } = this.shared;
    return sendPrepared(this.orm, channels.entityPrepared, unitsOfWork.none(WAIT));
  }

  private register(watch: EventSubscriber): void {
    this.orm.em.getEventManager().registerSubscriber(watch);
  }
}
