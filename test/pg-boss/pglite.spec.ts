import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Inject, Injectable } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, type Message, OnSignal, type PayloadOf, PostSave, SignalsModule } from 'nestjs-signals';
import { DurableSignals, pgBoss } from 'nestjs-signals/pg-boss';
import { compileApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { pglite } from '../support/pglite.js';
import { quiet } from '../support/quiet.js';
import { Order, OrderPlaced, OrderSchema, Receipt, ReceiptSchema } from './orders.js';

quiet();
jest.setTimeout(180_000);

@Injectable()
class Receipts {
  attempts = 0;
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal(OrderPlaced, { uid: 'placed', delivery: durable({ backoffMs: 1 }) })
  async placed({ name }: PayloadOf<OrderPlaced>, { attempt }: Message) {
    this.attempts += 1;
    this.em.create(Receipt, { text: name });
    if (attempt === 1) throw new Error('once more');
  }

  @OnSignal(PostSave, { sender: Order, uid: 'saved', delivery: durable({ transaction: false }) })
  async saved({ instance }: PayloadOf<PostSave, Order>) {
    this.em.create(Receipt, { text: `saved ${instance.name}` });
  }
}

it('On PGlite, which has one connection, durable messages are stored and delivered as on a server', async () => {
  await using app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...(await pglite()), entities: [OrderSchema, ReceiptSchema] }),
      SignalsModule.forRoot({ durable: pgBoss() }),
    ],
    providers: [OrderPlaced, Receipts],
  });
  const orm = app.get<MikroORM>(MikroORM);
  await orm.schema.create();
  await app.init();
  await orm.em.fork().transactional(async em => {
    em.create(Order, { name: 'one' });
    await app.get(OrderPlaced).send('somebody', { name: 'one' }, { em });
  });
  await app.get(OrderPlaced).send('somebody', { name: 'two' });
  const durableSignals = app.get(DurableSignals);
  await eventually(async () =>
    (await durableSignals.counts()).every(({ waiting, delayed, active }) => waiting + delayed + active === 0),
  );

  const texts = (await orm.em.fork().findAll(Receipt)).map(({ text }) => text);
  expect(texts.sort()).toEqual(['one', 'saved one', 'two']);
  expect(app.get(Receipts).attempts).toBe(4);
});

it('On PGlite a receiver that is connected late is served; in a transaction it is refused until it has its queue', async () => {
  await using app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...(await pglite()), entities: [OrderSchema, ReceiptSchema] }),
      SignalsModule.forRoot({ durable: pgBoss() }),
    ],
    providers: [OrderPlaced],
  });
  const orm = app.get<MikroORM>(MikroORM);
  await orm.schema.create();
  await app.init();
  const [placed, names] = [app.get(OrderPlaced), [] as string[]];
  const receive = ({ name }: { name: string }) => names.push(name);
  placed.connect(receive, { uid: 'late', delivery: durable() });
  await placed.send('somebody', { name: 'one' });
  const sent = orm.em.fork().transactional(async em => {
    placed.connect(receive, { uid: 'later', delivery: durable() });
    await placed.send('somebody', { name: 'never' }, { em });
  });

  await expect(sent).rejects.toMatchObject({
    code: 'DELIVERY_NOT_AVAILABLE',
    message: expect.stringMatching(/later[^]*waits for this transaction[^]*@OnSignal/),
  });
  await placed.send('somebody', { name: 'two' });
  await orm.em.fork().transactional(em => placed.send('somebody', { name: 'three' }, { em }));
  await eventually(() => names.length === 5);
  expect(names.sort()).toEqual(['one', 'three', 'three', 'two', 'two']);
});

it('On PGlite dead messages are found by their text, retried and purged', async () => {
  await using app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...(await pglite()), entities: [OrderSchema, ReceiptSchema] }),
      SignalsModule.forRoot({ durable: pgBoss() }),
    ],
    providers: [OrderPlaced],
  });
  await app.init();
  const [placed, durableSignals] = [app.get(OrderPlaced), app.get(DurableSignals)];
  const delivery = durable({ retryLimit: 0, key: ({ name }: { name: string }) => name });
  placed.connect(() => Promise.reject(new Error('no paper')), { uid: 'failing', delivery });
  await placed.send('somebody', { name: 'one' });
  const dies = () => eventually(async () => (await durableSignals.dead({ text: 'ONE' })).length === 1);
  await dies();

  expect(await durableSignals.retry({ text: 'paper' })).toBe(1);
  await dies();
  expect((await durableSignals.dead())[0]!.attempts).toHaveLength(2);
  expect(await durableSignals.purge({ receiver: 'failing' })).toBe(1);
});
