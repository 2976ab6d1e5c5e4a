import 'reflect-metadata';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { beforeCommit, durable, type Message, OnSignal, Signal, SignalsModule, TaskEnqueued } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';

export const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: { id: p.integer().primary(), customer: p.string(), number: p.integer() },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

export const ReceiptSchema = defineEntity({
  name: 'Receipt',
  tableName: 'receipts',
  properties: { id: p.integer().primary(), order: p.integer() },
});
export class Receipt extends ReceiptSchema.class {}
ReceiptSchema.setClass(Receipt);

export const EntrySchema = defineEntity({
  name: 'Entry',
  tableName: 'ledger',
  properties: { id: p.integer().primary(), customer: p.string(), number: p.integer() },
});
export class Entry extends EntrySchema.class {}
EntrySchema.setClass(Entry);

export const MailSchema = defineEntity({
  name: 'Mail',
  tableName: 'mails',
  properties: { id: p.integer().primary(), order: p.integer() },
});
export class Mail extends MailSchema.class {}
MailSchema.setClass(Mail);

export const ParcelSchema = defineEntity({
  name: 'Parcel',
  tableName: 'parcels',
  properties: { id: p.integer().primary(), order: p.integer() },
});
export class Parcel extends ParcelSchema.class {}
ParcelSchema.setClass(Parcel);

interface Placed {
  readonly order: Order;
}

export class OrderPlaced extends Signal<Placed> {}

/** Every so many orders are written into the ledger, in their order. */
export const LEDGER_EVERY = 5;

/** Where a sender may be killed. */
export type Reached = (point: string) => Promise<void> | void;

class Receipts {
  write({ order }: Placed, { em }: Message): void {
    em!.create(Receipt, { order: order.id });
  }

  /** Outside of a transaction, like what talks to another system: at least once. */
  mail({ order }: Placed, { em }: Message): void {
    em!.create(Mail, { order: order.id });
  }

  pack(placed: readonly Placed[], { em }: Message): void {
    for (const { order } of placed) em!.create(Parcel, { order: order.id });
  }

  enter({ order }: Placed, { em }: Message): void {
    em!.create(Entry, { customer: order.customer, number: order.number });
  }
}

/** Retry options for failures that the database causes: many retries, after short delays. */
const PATIENT = { retryLimit: 1000, backoffMs: 100, maxBackoffMs: 2000 };

// Node runs this file as it is, and knows no decorators.
receives(Receipts, 'write', OnSignal(OrderPlaced, { uid: 'receipts', delivery: durable(PATIENT) }));
receives(
  Receipts,
  'mail',
  OnSignal(OrderPlaced, { uid: 'mails', delivery: durable({ ...PATIENT, transaction: false }) }),
);
receives(Receipts, 'pack', OnSignal(OrderPlaced, { uid: 'parcels', batch: true, delivery: durable(PATIENT) }));
receives(
  Receipts,
  'enter',
  OnSignal(OrderPlaced, {
    uid: 'ledger',
    delivery: durable({ ...PATIENT, key: ({ order }: Placed) => order.customer }),
    when: ({ order }) => order.number % LEDGER_EVERY === 0,
  }),
);

type Decorator = (target: object, key: string, descriptor: TypedPropertyDescriptor<never>) => void;

function receives(type: abstract new () => object, key: string, decorate: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, key) as TypedPropertyDescriptor<never>;
  (decorate as Decorator)(type.prototype as object, key, descriptor);
}

/** The application that senders and workers have in common. */
export async function startShop(
  url: string,
  work: boolean,
  reached: Reached = () => {},
): Promise<INestApplicationContext> {
  class Points {
    enclosing(): Promise<void> | void {
      return reached('before the jobs');
    }

    enqueued(): Promise<void> | void {
      return reached('after the jobs');
    }
  }
  receives(Points, 'enclosing', OnSignal(OrderPlaced, { delivery: beforeCommit }));
  receives(Points, 'enqueued', OnSignal(TaskEnqueued, { sender: 'receipts' }));
  class Shop {}
  Module({
    imports: [
      MikroOrmModule.forRoot({
        driver: PostgreSqlDriver,
        clientUrl: url,
        entities: [OrderSchema, ReceiptSchema, EntrySchema, MailSchema, ParcelSchema],
        pool: { max: 10 },
        allowGlobalContext: true,
      }),
      SignalsModule.forRoot({ durable: pgBoss({ work }) }),
    ],
    providers: [OrderPlaced, Receipts, ...(work ? [] : [Points])],
  })(Shop);
  return NestFactory.createApplicationContext(Shop, { logger: process.env.CHAOS_LOG ? undefined : false });
}
