import { jest } from '@jest/globals';
import { durable, type DurableOptions } from 'nestjs-signals';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

quiet();
jest.setTimeout(180_000);

interface JobRow {
  readonly state: string;
  readonly fetches: number;
  readonly counts: string | null;
}

function jobsOf(t: DurableApp): Promise<JobRow[]> {
  const sql = `select state::text, retry_count as fetches, left(group_tier, 3) as counts from signals.job where name like 'x%'`;
  return t.orm.em.getConnection().execute<JobRow[]>(sql);
}

async function activeOf(t: DurableApp): Promise<number> {
  return (await jobsOf(t)).filter(({ state }) => state === 'active').length;
}

/** Stores so many messages, and then lets a receiver have them. */
async function receive(
  t: DurableApp,
  count: number,
  receiver: (name: string) => unknown,
  options: DurableOptions<{ name: string }> & { payload?: undefined } = {},
): Promise<void> {
  t.placed.connect(({ name }) => receiver(name), { uid: 'x', delivery: durable(options) });
  await t.durable.pause('x');
  await t.fork().transactional(async em => {
    for (let at = 0; at < count; at += 1) await t.placed.send('somebody', { name: String(at) }, { em });
  });
  await t.durable.resume('x');
}

describe('A receiver that takes its time', () => {
  it.each([
    ['in a transaction', {}, 3],
    // What has been called and is being completed has no place any more.
    ['without one', { transaction: false }, 6],
    ['with keys', { key: ({ name }: { name: string }) => name }, 3],
  ])('has as many messages as places, and each is fetched once: %s', async (_how, options, most) => {
    await using t = await startDurable();
    const active: number[] = [];
    const receiver = async () => {
      await t.orm.em.getConnection().execute('select pg_sleep(0.15)');
      active.push(await activeOf(t));
    };
    await receive(t, 12, receiver, { ...options, concurrency: 3 });
    await eventually(() => active.length === 12);
    await t.settled();

    expect(Math.max(...active)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...active)).toBeLessThanOrEqual(most);
    expect((await jobsOf(t)).filter(({ fetches }) => fetches > 0)).toEqual([]);
  });

  it.each([{ transaction: true }, { transaction: false }])(
    'is called in each place that becomes free while more is fetched: %j',
    async options => {
      await using t = await startDurable();
      let calls = 0;
      const receiver = async () => {
        await new Promise(resolve => setTimeout(resolve, 20));
        calls += 1;
      };
      await receive(t, 80, receiver, { ...options, concurrency: 4 });
      await eventually(() => calls >= 80);
      await t.settled();

      // What is fetched and finds no place is given back, and fetched again.
      expect((await jobsOf(t)).filter(({ fetches }) => fetches > 0).length).toBeLessThan(5);
    },
  );

  it('waits for no poll, with a batch of one', async () => {
    await using t = await startDurable();
    let calls = 0;
    const begun = performance.now();
    await receive(t, 30, () => (calls += 1), { concurrency: 1, batch: 1 });
    await eventually(() => calls === 30);

    expect(performance.now() - begun).toBeLessThan(40_000);
  });

  it('leaves connections to others: the places of all receivers fetch no more than can run', async () => {
    await using t = await startDurable({ config: { pool: { max: 4 } } });
    const active: number[] = [];
    for (const uid of ['x1', 'x2', 'x3']) {
      const receiver = async () => {
        await t.orm.em.getConnection().execute('select pg_sleep(0.15)');
        active.push(await activeOf(t));
      };
      t.placed.connect(receiver, { uid, delivery: durable({ concurrency: 4 }) });
    }
    for (let at = 0; at < 4; at += 1) await t.placed.send('somebody', { name: String(at) });
    await eventually(() => active.length === 12);

    // Four connections, less two for senders.
    expect(Math.max(...active)).toBeLessThanOrEqual(2);
  });
});

describe('Receivers of short calls that wait for one another', () => {
  it('leave the event loop free, and are all called', async () => {
    // One connection for all calls: whichever receiver has it, the others wait for it.
    await using t = await startDurable({ config: { pool: { max: 3 } } });
    const uids = ['x1', 'x2', 'x3'];
    const calls = new Map(uids.map(uid => [uid, 0]));
    for (const uid of uids) {
      const receiver = () => void calls.set(uid, calls.get(uid)! + 1);
      t.placed.connect(receiver, { uid, delivery: durable({ concurrency: 1 }) });
    }
    for (let transaction = 0; transaction < 5; transaction += 1) {
      await t.fork().transactional(async em => {
        for (let at = 0; at < 20; at += 1) await t.placed.send('somebody', { name: String(at) }, { em });
      });
    }
    await t.settled();

    expect([...calls.values()]).toEqual([100, 100, 100]);
  });
});

describe('A receiver whose calls were short', () => {
  it('gives back uncalled what was fetched ahead, when a call takes long; no attempt is counted, and the payload is not written', async () => {
    await using t = await startDurable();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const attempts: number[] = [];
    let calls = 0;
    t.placed.connect(
      async (_payload, { attempt }) => {
        attempts.push(attempt);
        if ((calls += 1) === 60) await opened;
      },
      { uid: 'x', delivery: durable({ concurrency: 1, transaction: false }) },
    );
    await t.durable.pause('x');
    await t.fork().transactional(async em => {
      for (let at = 0; at < 100; at += 1) await t.placed.send('somebody', { name: String(at) }, { em });
    });
    await t.durable.resume('x');
    await eventually(() => calls === 60);
    await eventually(async () => (await activeOf(t)) === 1);
    const returned = (await jobsOf(t)).filter(({ state }) => state === 'retry');
    open();
    await t.settled();

    expect(returned.length).toBeGreaterThan(0);
    expect(returned.every(({ counts }) => counts === '1/0')).toBe(true);
    expect(attempts).toEqual(Array.from({ length: 100 }, () => 1));
    const sql = `select from signals.job where data ? 'returned'`;
    expect(await t.orm.em.getConnection().execute(sql)).toEqual([]);
  });
});

describe('Receivers that are connected late', () => {
  it('keep to their concurrency', async () => {
    await using t = await startDurable();
    const running = new Map<string, number>();
    const most = new Map<string, number>();
    let calls = 0;
    const uids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const uid of uids) {
      const receiver = async () => {
        running.set(uid, (running.get(uid) ?? 0) + 1);
        most.set(uid, Math.max(most.get(uid) ?? 0, running.get(uid)!));
        await new Promise(resolve => setTimeout(resolve, 30));
        running.set(uid, running.get(uid)! - 1);
        calls += 1;
      };
      t.placed.connect(receiver, { uid, delivery: durable({ concurrency: 1, transaction: false }) });
    }
    for (let at = 0; at < 5; at += 1) await t.placed.send('somebody', { name: String(at) });
    await eventually(() => calls === 30);

    expect(uids.map(uid => most.get(uid))).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('`keepMs`', () => {
  it('lets messages that no worker takes expire within a minute', async () => {
    await using t = await startDurable();
    t.placed.connect(() => {}, { uid: 'x', delivery: durable({ keepMs: 1000 }) });
    t.placed.connect(() => {}, { uid: 'y', delivery: durable() });
    await t.durable.pause('x');
    await t.durable.pause('y');
    const waitingOf = async (uid: string) =>
      (await t.durable.counts()).find(({ receiver }) => receiver === uid)!.waiting;
    // Also when the database has just been cleaned up.
    for (const name of ['one', 'two']) {
      await t.placed.send('somebody', { name });
      await eventually(async () => (await waitingOf('x')) === 0, 60_000);
    }

    expect(await waitingOf('y')).toBe(2);
  });
});
