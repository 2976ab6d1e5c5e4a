import type { MikroORM } from '@mikro-orm/core';
import { getMikroORMToken, MikroOrmModule } from '@mikro-orm/nestjs';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { type DurableApp, OrderSchema, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

describe('A stored message', () => {
  let t: DurableApp;
  beforeAll(async () => {
    t = await startDurable();
    t.placed.connect(() => {}, { uid: 'reads', delivery: durable({ retryLimit: 0 }) });
  });
  afterAll(() => t[Symbol.asyncDispose]());
  afterEach(() => t.durable.purge('reads'));

  /** Stores a message, changes it in the table, and lets a worker have it. */
  const deliverChanged = async (change: string) => {
    await t.durable.pause('reads');
    await t.placed.send(undefined, { name: 'one' });
    await t.orm.em.getConnection().execute(`update signals.job set data = ${change} where name = 'reads'`);
    await t.durable.resume('reads');
    await t.settled();
    return t.durable.dead();
  };
  const json = (text: string) => JSON.stringify({ $: 'json', v: text });

  it.each([
    [
      'holds what only a newer version reads',
      `jsonb_set(data, '{payload}', '${json('{"$":"matrix","v":1}')}')`,
      `holds a 'matrix'`,
    ],
    [
      'holds an entity whose class is gone',
      `jsonb_set(data, '{payload}', '${json('{"$":"entity","v":{"entity":"Gone","using":"default","key":[1],"snapshot":{}}}')}')`,
      'holds the entity Gone, which is not known here',
    ],
    ['is sealed, and nothing opens it', `data || '{"sealed":{"keyId":"2026","bytes":""}}'`, `with the key '2026'`],
  ])('is dead, and shows why, when it %s', async (_what, change, why) => {
    expect(await deliverChanged(change)).toMatchObject([
      { error: { code: 'PAYLOAD_INVALID', message: expect.stringContaining(why) as string } },
    ]);
  });

  it('is shown, when nothing opens its error', async () => {
    await deliverChanged(`data || '{"sealed":{"keyId":"2026","bytes":""}}'`);
    const sealed = JSON.stringify({ message: '', sealed: { keyId: '2025', bytes: '' } });
    await t.orm.em
      .getConnection()
      .execute(`update signals.job set source_output = ? where name = 'reads//dead'`, [sealed]);

    const [dead] = await t.durable.dead();

    expect(dead!.error.message).toMatch(/^sealed with the key '2025', which does not open it/);
  });
});

describe('Messages are stored', () => {
  it('with the data of one MikroORM', async () => {
    const options = { contextName: 'other', driver: SqliteDriver, dbName: ':memory:', entities: [OrderSchema] };
    await using t = await startDurable({ imports: [MikroOrmModule.forRoot(options)] });
    t.placed.connect(() => {}, { uid: 'reads', delivery: durable() });
    const other = t.app.get<MikroORM>(getMikroORMToken('other')).em.fork();

    await expect(other.transactional(em => t.placed.send(undefined, { name: 'one' }, { em }))).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringMatching(/transaction of 'other'[^]*contextName: 'other'/) as string,
    });
  });

  it('while the application runs', async () => {
    const t = await startDurable();
    await t[Symbol.asyncDispose]();

    for (const asked of [t.durable.counts(), t.durable.dead(), t.durable.pause('reads'), t.durable.resume('reads')])
      await expect(asked).rejects.toMatchObject({ code: 'DELIVERY_NOT_AVAILABLE' });
    expect(await t.durable.health()).toMatchObject({ durable: { status: 'down' } });
  });
});
