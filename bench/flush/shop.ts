import 'reflect-metadata';
import { type EventArgs, type EventSubscriber, type MikroORM, type Options } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterCommit, M2mChanged, OnSignal, PostSave, PreSave, SignalsModule } from 'nestjs-signals';
import { GRAPH_CLASSES, GRAPH_TABLES, graphs } from './graphs.ts';

const row = {
  id: p.integer().primary(),
  name: p.string(),
  sku: p.string(),
  price: p.integer(),
  stock: p.integer(),
};
const ItemSchema = defineEntity({ name: 'Item', properties: row });
export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);
const OtherSchema = defineEntity({ name: 'Other', properties: row });
class Other extends OtherSchema.class {}
OtherSchema.setClass(Other);

/** The work of every receiver and every hand-written subscriber. */
const seen = { prices: 0 };

/** An application; only its flushes are measured. */
export interface Shop {
  readonly name: string;
  readonly orm: MikroORM;
  /** Removes all rows, and all traces of deleted ones. */
  empty(): Promise<unknown>;
  close(): Promise<void>;
}

export type Database = 'SQLite' | 'PostgreSQL';

/** The differences between the applications. */
export interface Equipment {
  readonly name: string;
  readonly imports?: readonly DynamicModule[];
  readonly providers?: readonly Type[];
  readonly subscribers?: readonly EventSubscriber<Item>[];
}

const signals = () => SignalsModule.forRoot();

/** A class with three receiving methods. Node strips types and leaves decorators, so they are called by hand. */
function receiversOf(signal: typeof PreSave | typeof PostSave, sender: typeof Item | typeof Other): Type {
  class Receivers {
    first({ instance }: { instance: Item }) {
      seen.prices += instance.price;
    }

    second({ instance }: { instance: Item }) {
      seen.prices += instance.price;
    }

    third({ instance }: { instance: Item }) {
      seen.prices += instance.price;
    }
  }
  for (const key of ['first', 'second', 'third'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(Receivers.prototype, key)!;
    OnSignal(signal, { sender } as never)(Receivers.prototype, key, descriptor as never);
  }
  return Receivers;
}

/** A class with one receiving method, which is called after COMMIT. */
function receiverAfterCommit(): Type {
  class Receiver {
    receive({ instance }: { instance: Item }) {
      seen.prices += instance.price;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Receiver.prototype, 'receive')!;
  OnSignal(PostSave, { sender: Item, delivery: afterCommit })(Receiver.prototype, 'receive', descriptor);
  return Receiver;
}

/** A class with a receiving method that does nothing. */
function idleReceiver(signal: typeof PreSave | typeof M2mChanged, options: object): Type {
  class Receiver {
    receive(_payload: object) {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Receiver.prototype, 'receive')!;
  OnSignal(signal, options as never)(Receiver.prototype, 'receive', descriptor as never);
  return Receiver;
}

function subscriberOf(...hooks: readonly ('before' | 'after')[]): EventSubscriber<Item> {
  const look = ({ entity }: EventArgs<Item>) => {
    for (let time = 0; time < 3; time++) seen.prices += entity.price;
  };
  return {
    getSubscribedEntities: () => [Item],
    ...(hooks.includes('before') && { beforeCreate: look, beforeUpdate: look }),
    ...(hooks.includes('after') && { afterCreate: look, afterUpdate: look }),
  };
}

export const EQUIPMENT: readonly [Equipment, ...Equipment[]] = [
  { name: 'bare MikroORM' },
  { name: 'bare MikroORM again' },
  { name: 'no receivers', imports: [signals()] },
  { name: 'receivers of another entity', imports: [signals()], providers: [receiversOf(PostSave, Other)] },
  { name: 'PostSave, 3 receivers', imports: [signals()], providers: [receiversOf(PostSave, Item)] },
  { name: 'PostSave after commit, 1 receiver', imports: [signals()], providers: [receiverAfterCommit()] },
  { name: 'EventSubscriber, after', subscribers: [subscriberOf('after')] },
  {
    name: 'PreSave and PostSave, 3 each',
    imports: [signals()],
    providers: [receiversOf(PreSave, Item), receiversOf(PostSave, Item)],
  },
  { name: 'EventSubscriber, before and after', subscribers: [subscriberOf('before', 'after')] },
];

/** For flushes of rows that refer to each other. */
export const GRAPH_EQUIPMENT: readonly [Equipment, ...Equipment[]] = [
  { name: 'bare MikroORM' },
  { name: 'bare MikroORM again' },
  { name: 'PreSave of all', imports: [signals()], providers: [idleReceiver(PreSave, { sender: GRAPH_CLASSES })] },
  {
    name: 'PreSave of another, and M2mChanged',
    imports: [signals()],
    providers: [idleReceiver(PreSave, { sender: Other }), idleReceiver(M2mChanged, {})],
  },
];

/** @param url - the server, on which each shop has its own database. */
export async function open(database: Database, equipment: Equipment, at: number, url: string): Promise<Shop> {
  const { name, imports = [], providers = [], subscribers = [] } = equipment;
  const config: Options = {
    entities: [Item, Other, ...graphs],
    subscribers: [...subscribers] as EventSubscriber[],
    ...(database === 'SQLite'
      ? { driver: SqliteDriver, dbName: ':memory:' }
      : { driver: PostgreSqlDriver, clientUrl: url, dbName: `flush_${at}` }),
  };
  class AppModule {}
  Module({ imports: [MikroOrmModule.forRoot(config), ...imports], providers: [...providers] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  const { MikroORM } = await import('@mikro-orm/core');
  const orm = app.get<MikroORM>(MikroORM);
  await orm.schema.refresh();
  const tables = ['item', ...GRAPH_TABLES];
  const statements =
    database === 'SQLite'
      ? ['update link set next_id = null', ...tables.map(table => `delete from ${table}`)]
      : [`truncate ${tables.join(', ')}`];
  const empty = async () => {
    for (const statement of statements) await orm.em.getConnection().execute(statement);
  };
  return { name, orm, empty, close: () => app.close() };
}
