import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import { FlushWatch } from './flush/flush-watch.js';
import { LoadWatch } from './loading/load-watch.js';
import { watchMigrator } from './migrations/migrator-watch.js';
import { guardQueries } from './receiver/guards.js';
import type { ModelChannels } from './signals.js';
import { watchConnections } from './starting/starting-watch.js';
import { TransactionWatch } from './transactions/transaction-watch.js';
import { BulkWatch } from './writes/bulk-watch.js';
import type { OrmUnitsOfWork } from './units-of-work.js';
import { UpsertWatch } from './writes/upsert-watch.js';

const USE_CONNECTION = 'use the `connection` of the payload: an EntityManager would wait for another one.';

/** A MikroORM whose work sends model signals. */
export interface OrmWatch {
  readonly orm: MikroORM;
  /** Watches the entities that have got receivers of `PostInit` or `PostLoad`. */
  readonly loads: LoadWatch;
}

/** Watches one MikroORM, so that all model signals about its work are sent. */
export function watchOrm(
  orm: MikroORM,
  registry: SignalRegistry,
  channels: ModelChannels,
  unitsOfWork: OrmUnitsOfWork,
): OrmWatch {
  const { relations, phases, transactions } = unitsOfWork;
  guardQueries(orm, phases);
  watchConnections(orm, channels.connectionCreated, () => unitsOfWork.none(USE_CONNECTION));
  watchMigrator(orm, channels.preMigrate, channels.postMigrate, schema => unitsOfWork.ofMigrations(orm.em, schema));
  const watches: EventSubscriber[] = [
    new FlushWatch(channels, relations, phases, transactions),
    new UpsertWatch(orm, channels.preUpsert, channels.postUpsert, phases),
    new BulkWatch(channels.preBulkWrite, channels.postBulkWrite, phases) as EventSubscriber,
    // The last, so that the messages that receivers of the others send have their turn.
    new TransactionWatch(transactions, registry, phases),
  ];
  for (const watch of watches) orm.em.getEventManager().registerSubscriber(watch);
  return { orm, loads: new LoadWatch(orm, channels.postInit, channels.postLoad) };
}
