import { jest } from '@jest/globals';
import { durable, type Message } from 'nestjs-signals';
import { PgBoss } from 'pg-boss';
import { quiet } from '../support/quiet.js';
import { createTestDatabase } from '../support/database.js';
import { type DurableApp, Order, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

const HOSTILE = [
  `'; drop table orders; --`,
  `" or 1 = 1 --`,
  '$1',
  '?',
  '%',
  '%41%zz',
  '_',
  'a//dead',
  '//paused',
  '/',
  '..',
  'ünïcödé 😀',
  'tab\tline\nnull',
  '{"$":"entity"}',
  'x'.repeat(200),
];

/** The table that no name may drop is there. */
async function expectUnharmed(t: DurableApp): Promise<void> {
  expect(await t.fork().count(Order)).toBe(0);
}

describe('a uid that looks like something else', () => {
  let t: DurableApp;
  const seen: unknown[] = [];
  beforeAll(async () => {
    t = await startDurable();
  });
  beforeEach(() => seen.splice(0));
  afterEach(() => expectUnharmed(t));
  afterAll(() => t[Symbol.asyncDispose]());

  it.each(HOSTILE)('is a name like any other: %j', async uid => {
    const receive = ({ name }: { name: string }, { receiver, attempt }: Message) => {
      seen.push([name, receiver, attempt]);
      if (name === 'fail') throw new Error(uid);
    };
    using _ = t.placed.connect(receive, { uid, delivery: durable({ retryLimit: 0, key: ({ name }) => uid + name }) });

    for (const name of ['go', 'fail']) await t.placed.send(uid, { name });
    await t.settled();

    expect(seen).toHaveLength(2);
    expect(seen).toEqual(
      expect.arrayContaining([
        ['fail', uid, 1],
        ['go', uid, 1],
      ]),
    );
    const [dead] = await t.durable.dead({ receiver: uid });
    expect(dead).toMatchObject({ receiver: uid, error: { message: uid } });
    expect(await t.durable.counts()).toContainEqual(expect.objectContaining({ receiver: uid, dead: 1, parked: false }));
    await t.durable.pause(uid);
    expect(await t.durable.counts()).toContainEqual(expect.objectContaining({ receiver: uid, paused: true }));
    await t.durable.resume(uid);
    expect(await t.durable.remove(uid, [dead!.id])).toBe(1);
    expect(await t.durable.purge(uid)).toBe(0);
  });

  it.each(HOSTILE)('is not known when it is asked for in vain: %j', async uid => {
    const unknown = `${uid} unknown`;

    expect(await t.durable.dead({ receiver: unknown })).toEqual([]);
    await expect(t.durable.retry(unknown)).rejects.toMatchObject({ code: 'JOB_WITHOUT_RECEIVER' });
    await expect(t.durable.purge(unknown)).rejects.toMatchObject({ code: 'JOB_WITHOUT_RECEIVER' });
  });
});

describe('a queue of somebody else in the schema of the jobs', () => {
  it('is left alone, whatever its name', async () => {
    const database = await createTestDatabase();
    const boss = new PgBoss({ connectionString: database.url, schema: 'signals', supervise: false });
    await boss.start();
    const queues = ['other', 'a/zz', '/', 'a/e9', 'x//dead', 'x//y//paused', 'a/', 'b/2d', '//dead'];
    for (const queue of queues) {
      await boss.createQueue(queue);
      await boss.send(queue, { queue });
    }
    const received = Promise.withResolvers<string>();
    {
      await using t = await startDurable({ config: { clientUrl: database.url } });
      t.placed.connect(({ name }) => received.resolve(name), { uid: 'ours', delivery: durable() });
      await t.placed.send('somebody', { name: 'a' });

      expect(await received.promise).toBe('a');
      expect(await t.durable.counts()).toContainEqual(expect.objectContaining({ receiver: 'ours' }));
      expect(await t.durable.dead()).toEqual([]);
    }

    for (const queue of queues) expect(await boss.fetch(queue)).toMatchObject([{ data: { queue } }]);
    await boss.stop({ graceful: false });
    await database.drop();
  });
});
