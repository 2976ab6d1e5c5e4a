import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { afterCommit, durable, OnSignal, type PayloadOf } from 'nestjs-signals';
import { DurableSignals, SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import type { DeadState, DurableState, MessageState, SendRecord } from '../../lib/inspector/page-types.js';
import { createTestDatabase } from '../support/database.js';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced } from '../pg-boss/order-placed.js';
import { PageApp } from './page-app.js';

quiet();

const CARD = '4111 1111 1111 1111';

@Injectable()
class Receipts {
  isFailing = false;

  @OnSignal(OrderPlaced, { uid: 'receipts.mail', delivery: durable({ retryLimit: 0 }) })
  mail({ name }: PayloadOf<OrderPlaced>): void {
    if (this.isFailing) throw new TypeError(`no paper for order 17 of "${name}", paid with ${CARD}`);
  }

  @OnSignal(OrderPlaced, { delivery: afterCommit })
  count(): void {}
}

describe.each(engines)('The live page, with %s,', (engineName, engine) => {
  let shop: PageApp;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
    const orm = {
      driver: PostgreSqlDriver,
      clientUrl: database.url,
      entities: [],
      discovery: { warnWhenNoEntities: false },
    };
    shop = await PageApp.start({
      imports: [MikroOrmModule.forRoot({ ...orm, schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] } })],
      signals: { durable: engine() },
      providers: [OrderPlaced, Receipts],
    });
  });
  afterAll(async () => {
    await shop[Symbol.asyncDispose]();
    await database.drop();
  });

  const get = async <T>(path: string) => (await (await shop.get(`/signals/api/${path}`)).json()) as T;
  const place = (name: string, end?: (em: EntityManager) => void) =>
    shop.app
      .get(MikroORM)
      .em.fork()
      .transactional(async em => {
        await shop.app.get(OrderPlaced).send('the shop', { name }, { em });
        await shop.app.get(OrderPlaced).send('the shop', { name: `${name} again` }, { em });
        end?.(em);
      });
  const statesOf = (receivers: readonly { receiver: string; state: string }[]) =>
    receivers.map(({ receiver, state }) => `${receiver} ${state}`);

  it('shows what was deferred, until when, and what became of it', async () => {
    const page = await shop.open();
    await place('Ann');
    const placed = await page.send('OrderPlaced', ({ receivers }) =>
      receivers.some(({ state }) => state === 'delivered'),
    );

    expect(placed).toMatchObject({ sender: '"the shop"', failed: false, transaction: expect.stringMatching(/^t\d+$/) });
    expect(statesOf(placed.receivers).sort()).toEqual(['Receipts.count ok', 'receipts.mail delivered']);
    expect(placed.receivers.find(({ receiver }) => receiver === 'receipts.mail')).toMatchObject({ attempts: 1 });
    const sends = [...page.sends.values()];
    expect(new Set(sends.map(({ transaction }) => transaction)).size).toBe(1);

    const refused = place('Bob', () => {
      throw new Error('no stock');
    });
    await expect(refused).rejects.toThrow('no stock');
    const dropped = await page.send('OrderPlaced', ({ receivers }) => receivers[0]?.state === 'rolled-back');
    expect(statesOf(dropped.receivers).sort()).toEqual(['Receipts.count rolled-back', 'receipts.mail rolled-back']);
    page.close();
  });

  it('shows what is stored until a worker takes it', async () => {
    const page = await shop.open();
    const durables = shop.app.get(DurableSignals);
    await durables.pause('receipts.mail');
    await place('Cid');
    const ofMail = ({ receivers }: SendRecord) => receivers.find(({ receiver }) => receiver === 'receipts.mail');

    const stored = await page.send('OrderPlaced', send => ofMail(send)?.state === 'stored');
    expect(ofMail(stored)).toMatchObject({ delivery: 'durable', until: 'durable' });
    await durables.resume('receipts.mail');
    await page.send('OrderPlaced', send => send.id === stored.id && ofMail(send)?.state === 'delivered');
    page.close();
  });

  it('groups dead messages, searches them, shows one whole without its values, and retries it', async () => {
    const page = await shop.open();
    shop.app.get(Receipts).isFailing = true;
    const before = Date.now();
    await place('Zoë');
    const died = await page.send('OrderPlaced', ({ receivers }) => receivers.some(({ state }) => state === 'dead'));
    expect(died.failed).toBe(true);
    await eventually(async () => (await get<DeadState>('dead')).total === 2);

    const { groups, messages } = await get<DeadState>('dead?receiver=receipts.mail&limit=1');
    expect(groups).toEqual([
      {
        error: expect.stringMatching(/^TypeError: no paper for order 17 of "Zoë[^*]*", paid with \*{20}$/),
        frame: expect.stringMatching(/^(?:\w+\.)?mail test\/inspector\/durable-page\.spec\.ts:\d+$/),
        count: 2,
        ids: expect.arrayContaining([messages[0]!.id]),
        newest: messages[0]!.failedAt,
      },
    ]);
    expect((await get<DeadState>('dead?text=zo%C3%AB%20again')).messages).toHaveLength(1);
    expect((await get<DeadState>('dead?text=nothing')).total).toBe(0);

    const message = await get<MessageState>(`message?id=${messages[0]!.id}`);
    expect(message).toMatchObject({ receiver: 'receipts.mail', signal: 'OrderPlaced' });
    expect(message.storedAt).toBeGreaterThanOrEqual(before);
    expect(message.storedAt).toBeLessThanOrEqual(messages[0]!.failedAt);
    expect(message.payload).toEqual({ name: expect.stringMatching(/^text \(\d+\)$/) });
    expect(message.attempts).toMatchObject([
      { at: expect.any(Number), stack: expect.stringContaining('durable-page.spec.ts') },
    ]);

    shop.app.get(Receipts).isFailing = false;
    const retried = await shop.operate({ operation: 'retry', receiver: 'receipts.mail', ids: [messages[0]!.id] });
    expect(await retried.json()).toEqual({ count: 1 });
    expect(await (await shop.operate({ operation: 'remove', text: 'zoë' })).json()).toEqual({ count: 1 });
    await eventually(async () => (await get<DeadState>('dead')).total === 0);
    const delivered = await page.send(
      'OrderPlaced',
      ({ id, receivers }) => id === message.message && receivers.some(({ state }) => state === 'delivered'),
    );
    expect(delivered.receivers.find(({ receiver }) => receiver === 'receipts.mail')?.error).toBeUndefined();
    expect(page.text).not.toContain(CARD);
    page.close();
  });

  it('counts messages, pauses a receiver, and keeps points of its history', async () => {
    const page = await shop.open();
    expect(await (await shop.operate({ operation: 'pause', receiver: 'receipts.mail' })).json()).toEqual({ count: 1 });
    await place('Eve');

    const isWaiting = async () => (await get<DurableState>('durable')).receivers[0]?.waiting === 2;
    await eventually(isWaiting);
    const { available, receivers, history } = await get<DurableState>('durable');
    expect(available).toBe(true);
    expect(receivers).toMatchObject([{ receiver: 'receipts.mail', signal: 'OrderPlaced', paused: true, dead: 0 }]);
    expect(receivers[0]!.ratePerMinute).toBeGreaterThan(0);
    expect(history.at(-1)).toEqual({
      at: expect.any(Number),
      waiting: expect.any(Number),
      dead: expect.any(Number),
      done: expect.any(Number),
    });
    await shop.operate({ operation: 'resume', receiver: 'receipts.mail' });
    await eventually(async () => (await get<DurableState>('durable')).receivers[0]?.waiting === 0);
    page.close();
  });

  it('refuses operations and searches that make no sense', async () => {
    const refusals = await Promise.all([
      shop.operate({ operation: 'purge' }),
      shop.operate({ operation: 'pause' }),
      shop.operate({ operation: 'remove' }),
      shop.operate({ operation: 'retry', receiver: 'nothing' }),
      shop.operate({ operation: 'retry', ids: 'all' }),
      shop.operate(['retry']),
      shop.get('/signals/api/dead?limit=many'),
      shop.get('/signals/api/message?id=1'),
    ]);

    expect(refusals.map(({ status }) => status)).toEqual(refusals.map(() => 400));
    const bodies = (await Promise.all(refusals.map(one => one.json()))) as { error: { code: string } }[];
    expect(bodies.map(({ error }) => error.code)).toEqual([
      ...['UNKNOWN_OPTION', 'UNKNOWN_OPTION', 'UNKNOWN_OPTION', 'JOB_WITHOUT_RECEIVER'],
      ...['UNKNOWN_OPTION', 'UNKNOWN_OPTION', 'UNKNOWN_OPTION', 'UNKNOWN_OPTION'],
    ]);
    const id = '00000000-0000-4000-8000-000000000000';
    expect((await shop.get(`/signals/api/message?id=${id}`)).status).toBe(404);
  });
});
