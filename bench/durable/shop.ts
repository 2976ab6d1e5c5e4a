import 'reflect-metadata';
import { type EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { durable, PostSave, SignalsModule } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';

export const OrderSchema = defineEntity({
  name: 'Order',
  properties: { id: p.integer().primary(), total: p.integer() },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

/** The durable receiver: its options, and its work. */
export interface Serving {
  readonly schema: string;
  readonly work?: boolean;
  readonly receive?: (count: number) => unknown;
  readonly options?: Parameters<typeof durable>[0];
  readonly batch?: true;
  /** The number of receivers of this kind. Default: 1. */
  readonly receivers?: number;
}

export interface Shop extends AsyncDisposable {
  readonly orm: MikroORM;
  fork(): EntityManager;
}

/** A shop with one durable receiver for its orders; without `serving` it has none. */
export async function open(url: string, serving?: Serving): Promise<Shop> {
  class ShopModule {}
  const durableBackend = serving && pgBoss({ schema: serving.schema, work: serving.work ?? true });
  Module({
    imports: [
      MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: url, entities: [OrderSchema] }),
      SignalsModule.forRoot(durableBackend ? { durable: durableBackend } : {}),
    ],
  })(ShopModule);
  const app = await NestFactory.createApplicationContext(ShopModule, { logger: ['error'] });
  if (serving) {
    const { receive = () => {}, options, batch, receivers = 1 } = serving;
    // One payload, so that only the order itself is stored, and not loaded again.
    const delivery = durable({ ...options, payload: ({ instance }: { instance: Order }) => ({ id: instance.id }) });
    const called = (payloads: unknown) => receive(Array.isArray(payloads) ? payloads.length : 1);
    for (let at = 0; at < receivers; at += 1) {
      const uid = at === 0 ? 'orders' : `orders.${at}`;
      app.get(PostSave).connect(called, { sender: Order, uid, delivery, ...(batch && { batch }) } as never);
    }
  }
  const orm = app.get<MikroORM>(MikroORM);
  return { orm, fork: () => orm.em.fork(), [Symbol.asyncDispose]: () => app.close() };
}

export async function place(shop: Shop, count: number): Promise<void> {
  const em = shop.fork();
  for (let total = 0; total < count; total += 1) em.create(Order, { total });
  await em.flush();
}

/** Counts calls, and resolves when the expected number is reached. */
export class Counter {
  private left = 0;
  private done = Promise.withResolvers<void>();

  readonly count = (by: number): void => {
    this.left -= by;
    if (this.left <= 0) this.done.resolve();
  };

  expect(count: number): Promise<void> {
    this.left += count;
    this.done = Promise.withResolvers();
    return this.done.promise;
  }
}
