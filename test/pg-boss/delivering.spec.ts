import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf } from 'nestjs-signals';
import { type DurableApp, Order, OrderPlaced, Receipt, startDurable } from './orders.js';

@Injectable()
class Receipts {
  readonly seen: Message[] = [];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal(OrderPlaced, { uid: 'receipts.write', delivery: durable() })
  write({ name }: PayloadOf<OrderPlaced>, message: Message) {
    this.seen.push(message);
    this.em.create(Receipt, { text: name });
  }
}

let t: DurableApp;
beforeEach(async () => {
  t = await startDurable({ providers: [Receipts] });
});
afterEach(() => t[Symbol.asyncDispose]());

describe('A durable message', () => {
  it('is delivered when the transaction that it is sent in has committed', async () => {
    await t.fork().transactional(async em => {
      em.create(Order, { name: 'one' });
      await t.placed.send(Receipts, { name: 'one' }, { em });
      expect(await t.durable.counts()).toMatchObject([{ receiver: 'receipts.write', waiting: 0 }]);
    });
    await t.settled();

    expect(await t.texts()).toEqual(['one']);
    expect(t.app.get(Receipts).seen).toHaveLength(1);
    expect(t.app.get(Receipts).seen[0]).toMatchObject({ delivery: 'durable', receiver: 'receipts.write', attempt: 1 });
    expect(t.app.get(Receipts).seen[0]!.sender).toBe(Receipts);
  });

  it('is not stored when the transaction is rolled back', async () => {
    const em = t.fork();
    await em.begin();
    await t.placed.send(Receipts, { name: 'one' }, { em });
    await em.rollback();

    expect(await t.durable.counts()).toMatchObject([{ waiting: 0, active: 0 }]);
    expect(await t.texts()).toEqual([]);
  });

  it('is not stored when COMMIT fails, although it was on its way', async () => {
    await t.orm.em.getConnection().execute(`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'refused at COMMIT'; end $$;
      create constraint trigger refusing after insert on orders deferrable initially deferred
        for each row execute function refuse()`);
    const committed = t.fork().transactional(async em => {
      em.create(Order, { name: 'one' });
      await t.placed.send(Receipts, { name: 'one' }, { em });
    });

    await expect(committed).rejects.toThrow('refused at COMMIT');
    expect(await t.durable.counts()).toMatchObject([{ waiting: 0, active: 0 }]);
    expect(await t.texts()).toEqual([]);
  });

  it('is stored in a transaction of its own where there is none', async () => {
    await t.placed.send(Receipts, { name: 'one' });
    await t.settled();

    expect(await t.texts()).toEqual(['one']);
  });
});
