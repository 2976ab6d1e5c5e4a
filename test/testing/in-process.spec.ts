import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import {
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  PostSave,
  ReceiverFailed,
  Signal,
  SignalRegistry,
  SignalsModule,
  TaskFinished,
} from 'nestjs-signals';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { expectReceiver, inProcess, recordSignals, settled } from 'nestjs-signals/testing';
import { Order, OrderPlaced, OrderSchema, Receipt, ReceiptSchema } from '../pg-boss/orders.js';
import { compileApp } from '../support/app.js';
import { startOrmApp } from '../support/orm.js';

class Archived extends Signal<{ at: Date; ids: Set<number>; order?: object }> {}

@Injectable()
class Receipts {
  readonly recorded: string[] = [];
  readonly attempts: number[] = [];
  failures = 0;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(OrderPlaced) private readonly placed: OrderPlaced,
  ) {}

  @OnSignal(OrderPlaced, { uid: 'receipts.write', delivery: durable({ retryLimit: 2, backoffMs: 60_000 }) })
  async write({ name }: PayloadOf<OrderPlaced>, { attempt, em }: Message) {
    this.attempts.push(attempt);
    this.em.create(Receipt, { text: name });
    await em!.flush();
    if (this.failures-- > 0) throw new Error('not yet');
    this.recorded.push(name);
    if (name === 'first') await this.placed.send(this, { name: 'caused' });
  }

  @OnSignal(Archived, { uid: 'receipts.archive', delivery: durable({ transaction: false }) })
  archive({ at, ids, order }: PayloadOf<Archived>, { sender, em, missing, context }: Message) {
    this.recorded.push(
      `${at.getTime()} ${[...ids].join()} ${String(em!.isInTransaction())} ${JSON.stringify(context)}`,
    );
    if (order)
      this.recorded.push(
        `${(order as Order).name} ${String(em!.getUnitOfWork().getById(Order, 1) === order)} ${missing}`,
      );
    if (typeof sender === 'function') this.recorded.push(sender.name);
  }

  @OnSignal(PostSave, { sender: Order, uid: 'receipts.count', batch: true, delivery: durable() })
  count(payloads: readonly PayloadOf<PostSave, Order>[]) {
    this.recorded.push(`${payloads.length}: ${payloads.map(({ instance }) => instance.name).join()}`);
  }
}

type App = Awaited<ReturnType<typeof start>>;

const start = () =>
  startOrmApp({
    entities: [OrderSchema, ReceiptSchema],
    signals: { durable: inProcess() },
    providers: [OrderPlaced, Archived, Receipts],
  });

let t: App;
let receipts: Receipts;
beforeEach(async () => {
  t = await start();
  receipts = t.app.get(Receipts);
  t.app.get(SignalRegistry).log.receiverFailed = () => {};
});
afterEach(() => t[Symbol.asyncDispose]());

const texts = async () => (await t.fork().findAll(Receipt, { orderBy: { id: 1 } })).map(({ text }) => text);
const send = (name: string, em?: EntityManager) => t.app.get(OrderPlaced).send(Receipts, { name }, em ? { em } : {});

describe('inProcess', () => {
  it('calls durable receivers in the order in which they were sent, and those of what they send', async () => {
    for (const name of ['first', 'second', 'third']) await send(name);
    await settled(t.app);

    expect(receipts.recorded).toEqual(['first', 'second', 'third', 'caused']);
    expect(await texts()).toEqual(['first', 'second', 'third', 'caused']);
  });

  it('waits for the outermost COMMIT, and drops what is rolled back, with a savepoint too', async () => {
    await t.fork().transactional(async em => {
      await send('kept', em);
      await em.transactional(async inner => send('released', inner));
      await expect(
        em.transactional(async inner => {
          await send('dropped', inner);
          throw new Error('undone');
        }),
      ).rejects.toThrow('undone');
      await new Promise(setImmediate);
      expect(receipts.recorded).toEqual([]);
    });
    const em = t.fork();
    await em.begin();
    await send('rolled back', em);
    await em.rollback();
    await settled(t.app);

    expect(receipts.recorded).toEqual(['kept', 'released']);
  });

  it('gives a payload that was encoded and read again, with its entities loaded anew, and the class of the sender', async () => {
    const em = t.fork();
    const order = em.create(Order, { name: 'old' });
    await em.flush();
    const sent = { at: new Date(5), ids: new Set([1, 2]), order };
    await t.app.get(SignalRegistry).withContext({ actor: 'Ann' }, () => t.app.get(Archived).send(receipts, sent));
    await settled(t.app);

    expect(receipts.recorded).toEqual(['1: old', '5 1,2 false {"actor":"Ann"}', 'old true false', 'Receipts']);
    await expect(
      t.app.get(Archived).send(null, { at: new Date(), ids: new Set(), order: new (class Odd {})() }),
    ).rejects.toMatchObject({ code: 'PAYLOAD_NOT_SERIALIZABLE' });
  });

  it('repeats a call that fails at once, undoes what it has written, and keeps what is dead', async () => {
    using sent = recordSignals(t.app, OrderPlaced, ReceiverFailed, TaskFinished);
    receipts.failures = 1;
    await send('late');
    await settled(t.app);
    expect(receipts.attempts).toEqual([1, 2]);
    expect(await texts()).toEqual(['late']);

    receipts.failures = 3;
    await send('dead');
    await settled(t.app);
    const durableSignals = t.app.get(DurableSignals);
    const [dead] = await durableSignals.dead();
    expect(dead).toMatchObject({ receiver: 'receipts.write', attemptCount: 3, error: { message: 'not yet' } });
    expect(sent.first(ReceiverFailed).payload.receiver).toBe('receipts.write');
    expect(sent.of(TaskFinished).map(({ payload }) => payload.status)).toEqual([
      ...['failed', 'succeeded'],
      ...['failed', 'failed', 'dead'],
    ]);
    expect(await durableSignals.retry('receipts.write')).toBe(1);
    await settled(t.app);
    expect(await texts()).toEqual(['late', 'dead']);
  });

  it('gives a receiver many in one call', async () => {
    const em = t.fork();
    em.create(Order, { name: 'one' });
    em.create(Order, { name: 'two' });
    await em.flush();
    await settled(t.app);

    expect(receipts.recorded).toEqual(['2: one,two']);
  });

  it('can be paused, purged and looked at', async () => {
    const durableSignals = t.app.get(DurableSignals);
    await durableSignals.pause('receipts.write');
    await send('one');
    await send('two');

    expect(await durableSignals.counts()).toContainEqual({
      ...{ receiver: 'receipts.write', waiting: 2, delayed: 0, active: 0, dead: 0, paused: true, parked: false },
      oldestMs: expect.any(Number),
    });
    await expect(settled(t.app, { timeoutMs: 20 })).rejects.toThrow(/receipts\.write \(2 waiting, paused\)/);
    expect(await durableSignals.purge('receipts.write')).toBe(2);
    await send('three');
    await durableSignals.resume('receipts.write');
    await settled(t.app);
    expect(receipts.recorded).toEqual(['three']);
    await expect(durableSignals.pause('missing')).rejects.toMatchObject({ code: 'JOB_WITHOUT_RECEIVER' });
  });

  it('is refused at start without MikroORM, if a receiver needs it', async () => {
    class Books {
      enter() {}
    }
    Injectable()(Books);
    OnSignal(OrderPlaced, { uid: 'books', delivery: durable() })(
      Books.prototype,
      'enter',
      Object.getOwnPropertyDescriptor(Books.prototype, 'enter')!,
    );
    const imports = [SignalsModule.forRoot({ durable: inProcess() })];
    await using without = await compileApp({ imports, providers: [OrderPlaced] });
    await using needing = await compileApp({ imports, providers: [OrderPlaced, Books] });

    await without.init();
    await expect(needing.init()).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('import MikroOrmModule.forRoot()'),
    });
  });

  it('is reported as durable', () => {
    expectReceiver(t.app, Receipts, 'write').toReceive(OrderPlaced, { delivery: 'durable' });
  });
});
