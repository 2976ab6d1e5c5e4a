import { EntityManager, type EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, type ConnectOptions, type Message, Signal } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { Placed } from './items.js';

export const OrderSchema = defineEntity({
  name: 'Order',
  properties: { id: p.integer().primary(), name: p.string(), lines: () => p.oneToMany(Line).mappedBy('order') },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

export const LineSchema = defineEntity({
  name: 'Line',
  properties: { id: p.integer().primary(), text: p.string(), order: () => p.manyToOne(Order).nullable() },
});
export class Line extends LineSchema.class {}
LineSchema.setClass(Line);

export class Shipped extends Signal<{ orderId: number }> {}

@Injectable()
export class Lines {
  constructor(
    @InjectRepository(Line) private readonly lines: EntityRepository<Line>,
    @Inject(EntityManager) readonly em: EntityManager,
  ) {}

  add(text: string) {
    this.lines.create({ text });
  }
}

export let t: Awaited<ReturnType<typeof startOrmApp>>;
export let placed: Placed;
export let connections: Disposable[];
export let logged: jest.Spied<Logger['error']>;

beforeAll(async () => {
  t = await startOrmApp({
    entities: [OrderSchema, LineSchema],
    imports: [MikroOrmModule.forFeature([Order, Line])],
    providers: [Placed, Shipped, Lines],
  });
  placed = t.app.get(Placed);
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(async () => {
  connections = [];
  logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await t.fork().nativeDelete(Line, {});
  await t.fork().nativeDelete(Order, {});
});
afterEach(() => {
  connections.forEach(connection => connection[Symbol.dispose]());
  logged.mockRestore();
});

export type Receive = (payload: { name: string }, message: Message) => unknown;

export function onPlaced(uid: string, receive: Receive, options: Pick<ConnectOptions, 'delivery'> = {}): void {
  connections.push(placed.connect(receive, { uid, delivery: afterCommit, ...options }));
}

export const texts = async () => (await t.fork().findAll(Line, { orderBy: { id: 1 } })).map(({ text }) => text);

/** Stores an order, and sends a signal about it. */
export async function place(name: string): Promise<void> {
  await t.fork().transactional(async em => {
    em.create(Order, { name });
    await placed.send(null, { name });
  });
}
