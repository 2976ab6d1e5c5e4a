import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { startEmbeddedPostgres } from '../sample/shop/database/embedded-postgres.ts';
import { Counter, open, place } from './durable/shop.ts';
import { type Case, report } from './report.ts';

const cases: Case[] = [];
const server = await startEmbeddedPostgres({ settings: { synchronous_commit: 'on' } });
const { url } = server;

/** Milliseconds, or jobs in a second; the row names the base of its `ratio`. */
function add(what: string, name: string, value: number, ratio = 1): void {
  cases.push({ what, name, receivers: 1, ns: value, ratio });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** A flush of 100 entities, bare and with a durable receiver, in turn. */
async function flushing(): Promise<void> {
  await using bare = await open(url);
  await using durableShop = await open(url, { schema: 'flushing', work: false });
  const [times, ratios]: [number[], number[]] = [[], []];
  for (let round = 0; round < 40; round += 1) {
    const without = await timed(() => place(bare, 100));
    const time = await timed(() => place(durableShop, 100));
    if (round < 5) continue;
    times.push(time);
    ratios.push(time / without);
  }
  add('flush of 100 entities, ms; to the bare flush', 'one durable receiver', median(times), median(ratios));
}

const JOBS = 5000;

/** Jobs as `durable` stores them: a loop of pg-boss over other jobs would read and write less. */
async function store(schema: string): Promise<void> {
  await using sender = await open(url, { schema, work: false });
  await place(sender, JOBS);
}

/** The time that pg-boss's own loop takes at batch 100. */
async function looping(schema: string, queue: string, fill: (boss: PgBoss) => Promise<unknown>): Promise<number> {
  const boss = new PgBoss({ connectionString: url, schema, supervise: false });
  boss.on('error', () => {});
  await boss.start();
  await fill(boss);
  const took = await timed(async () => {
    const fetch = () => boss.fetch(queue, { batchSize: 100 });
    for (let jobs = await fetch(); jobs.length > 0; jobs = await fetch()) {
      const ids = jobs.map(({ id }) => id);
      await boss.complete(queue, ids);
    }
  });
  await boss.stop();
  return took;
}

/** Receivers with 100 messages in one call, or one by one, compared with pg-boss's own loop. */
async function draining(): Promise<void> {
  const what = 'drain rate, jobs/s; to the loop of pg-boss over the same jobs';
  const loop = await looping('same_jobs', 'orders', () => store('same_jobs'));
  add(what, 'pg-boss fetch and complete, batch 100', (JOBS / loop) * 1000);
  const jobs = Array.from({ length: JOBS }, (_, id) => ({ data: { id } }));
  const bare = await looping('bare_loop', 'loop', async boss => {
    await boss.createQueue('loop');
    await boss.insert('loop', jobs);
  });
  add(what, 'the same, jobs that hold a number', (JOBS / bare) * 1000, loop / bare);
  for (const [name, options, batch] of [
    ['batch: true', { batch: 100 }, true],
    ['batch: true, concurrency: 1', { batch: 100, concurrency: 1 }, true],
    ['one by one, transaction each', {}, undefined],
    ['one by one, transaction each, batch: 100', { batch: 100 }, undefined],
    ['one by one, transaction: false', { transaction: false }, undefined],
    ['one by one, transaction: false, batch: 100', { batch: 100, transaction: false }, undefined],
  ] as const) {
    const schema = `drain_${cases.length}`;
    await store(schema);
    const counter = new Counter();
    const all = counter.expect(JOBS);
    let start = 0;
    const receive = (count: number) => {
      start ||= performance.now();
      counter.count(count);
    };
    await using _worker = await open(url, { schema, receive, options, ...(batch && { batch }) });
    await all;
    const took = performance.now() - start;
    add(what, name, (JOBS / took) * 1000, loop / took);
  }
}

async function latency(): Promise<void> {
  const counter = new Counter();
  await using shop = await open(url, { schema: 'latency', receive: counter.count });
  const times: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const received = counter.expect(1);
    await place(shop, 1);
    const committed = performance.now();
    await received;
    times.push(Math.max(0, performance.now() - committed));
    await pause(20);
  }
  add('commit to receiver, ms', 'p50', median(times));
  const all = counter.expect(1000);
  add('1,000 jobs of one flush, drained, ms', 'all', await timed(async () => (await place(shop, 1000), await all)));
}

/** A receiver that waits 20 ms, in one application and in two. */
async function scaling(): Promise<void> {
  const took: number[] = [];
  for (const workers of [1, 2]) {
    const schema = `workers_${workers}`;
    const counter = new Counter();
    {
      await using sender = await open(url, { schema, work: false });
      await place(sender, 400);
    }
    const all = counter.expect(400);
    const receive = async () => (await pause(20), counter.count(1));
    const serving = { schema, receive, options: { concurrency: 2, transaction: false } };
    const start = performance.now();
    const opened = await Promise.all(Array.from({ length: workers }, () => open(url, serving)));
    await all;
    took.push(performance.now() - start);
    for (const one of opened) await one[Symbol.asyncDispose]();
  }
  add('receivers that wait 20 ms, 400 jobs, ms; rate to one worker', 'one worker', took[0]!);
  add('receivers that wait 20 ms, 400 jobs, ms; rate to one worker', 'two workers', took[1]!, took[0]! / took[1]!);
}

async function inTurn(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let left = times; left > 0; left -= 1) await work();
}

/** Slow receivers, four at a time, compared with as many waits in the same process. */
async function waiting(): Promise<void> {
  const what = 'receivers that wait, concurrency 4, ms; to the waits alone';
  for (const [ms, jobs] of [
    [20, 200],
    [400, 40],
    [700, 40],
  ] as const) {
    for (const transaction of [true, false]) {
      const schema = `waiting_${ms}_${transaction}`;
      const counter = new Counter();
      {
        await using sender = await open(url, { schema, work: false });
        await place(sender, jobs);
      }
      const ideal = await timed(() => Promise.all([1, 2, 3, 4].map(() => inTurn(jobs / 4, () => pause(ms)))));
      const all = counter.expect(jobs);
      let start = 0;
      const receive = async () => {
        start ||= performance.now();
        await pause(ms);
        counter.count(1);
      };
      await using worker = await open(url, { schema, receive, options: { concurrency: 4, transaction } });
      await all;
      const took = performance.now() - start;
      const [row] = await worker.orm.em
        .getConnection()
        .execute<{ fetches: string }[]>(`select sum(retry_count + 1) as fetches from ${schema}.job`);
      const each = (Number(row!.fetches) / jobs).toFixed(2);
      add(what, `${ms} ms${transaction ? '' : ', transaction: false'}; fetched ${each} times`, took, took / ideal);
    }
  }
}

/** The cost of a process whose receivers have no messages. */
async function idling(): Promise<void> {
  const query = pg.Client.prototype.query;
  let asked = 0;
  pg.Client.prototype.query = function counted(this: pg.Client, ...given: unknown[]) {
    asked += 1;
    return (query as (...given: unknown[]) => unknown).apply(this, given);
  } as never;
  for (const receivers of [1, 200]) {
    const counter = new Counter();
    await using shop = await open(url, { schema: `idle_${receivers}`, receivers, receive: counter.count });
    const all = counter.expect(receivers);
    await place(shop, 1);
    await all;
    await pause(5000);
    asked = 0;
    const cpu = process.cpuUsage();
    await pause(30_000);
    const { user, system } = process.cpuUsage(cpu);
    const name = `${receivers} receivers, concurrency 4`;
    add('idle, statements a second', name, asked / 30);
    add('idle, per cent of a core', name, (user + system) / 300_000);
  }
  pg.Client.prototype.query = query;
}

const parts = { flushing, draining, latency, scaling, waiting, idling };
const asked = process.argv.slice(2).filter(name => name in parts) as (keyof typeof parts)[];

try {
  {
    await using shop = await open(url);
    await shop.orm.schema.update({ safe: true });
  }
  for (const name of asked.length > 0 ? asked : (Object.keys(parts) as (keyof typeof parts)[])) await parts[name]();
} finally {
  await server.stop();
}
report('durable', cases);
process.exit();
