import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { durable, Signal } from 'nestjs-signals';
import { inProcess } from 'nestjs-signals/testing';
import { quiet } from '../support/quiet.js';
import { startOrmApp } from '../support/orm.js';
import { type DurableApp, OrderSchema, startDurable } from './orders.js';

class Keyed extends Signal<{ key: unknown; at: number }> {}

const delivery = durable({ key: ({ key }: { key: unknown }) => key as string });

quiet();
jest.setTimeout(60_000);

const refused: [string, unknown, string][] = [
  ['undefined', undefined, 'its key is undefined'],
  ['null', null, 'its key is null'],
  ['an object', {}, 'its key is an object'],
  ['a symbol', Symbol('k'), 'its key is a symbol'],
];

describe('A key of durable messages', () => {
  let t: DurableApp;
  beforeAll(async () => {
    t = await startDurable({ providers: [Keyed] });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it.each<[string, unknown]>([
    ['a number', 7],
    ['a bigint', 7n],
    ['empty', ''],
    ['one space', ' '],
    ['text with the character 0', 'a\0b'],
    ['half a character', '\ud800'],
    ['three kilobytes long', randomBytes(3000).toString('hex')],
    ['a whole emoji', '😀'],
  ])('may be %s, and keeps the order', async (_, key) => {
    const calls: number[] = [];
    using _connection = t.app.get(Keyed).connect(({ at }) => calls.push(at), { uid: 'keyed', delivery });
    await t.fork().transactional(async em => {
      for (const at of [1, 2, 3]) await t.app.get(Keyed).send('somebody', { key, at }, { em });
    });
    await t.settled();

    expect(calls).toEqual([1, 2, 3]);
  });

  it('is distinguished from every other, however long both are', async () => {
    using _connection = t.app.get(Keyed).connect(() => {}, { uid: 'keyed', delivery });
    await t.durable.pause('keyed');
    const keys = ['\ud800', '\ud801', '', ' ', 'x'.repeat(300), `${'x'.repeat(300)}y`];
    for (const key of keys) await t.app.get(Keyed).send('somebody', { key, at: 1 });
    const rows = await t.orm.em
      .getConnection()
      .execute(`select distinct singleton_key from signals.job where state = 'created'`);
    await t.durable.purge('keyed');
    await t.durable.resume('keyed');

    expect(rows).toHaveLength(keys.length);
  });

  it.each(refused)('is refused when it is %s, with the receiver', async (_, key, what) => {
    using _connection = t.app.get(Keyed).connect(() => {}, { uid: 'keyed', delivery });
    await expect(t.app.get(Keyed).send('somebody', { key, at: 1 })).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_SERIALIZABLE',
      message: expect.stringContaining(`Keyed cannot be stored for keyed: ${what}.`),
    });
  });
});

describe('A key of durable messages that are kept in the process', () => {
  it.each(refused)('is refused when it is %s', async (_, key, what) => {
    await using t = await startOrmApp({
      entities: [OrderSchema],
      signals: { durable: inProcess() },
      providers: [Keyed],
    });
    t.app.get(Keyed).connect(() => {}, { uid: 'keyed', delivery });
    await expect(t.app.get(Keyed).send('somebody', { key, at: 1 })).rejects.toThrow(what);
  });
});
