import { jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  ReceiverFailed,
  TaskFinished,
  type TaskPayload,
} from 'nestjs-signals';
import { PgBoss } from 'pg-boss';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, OrderPlaced, startDurable } from './orders.js';

quiet();
jest.setTimeout(120_000);

@Injectable()
class Receives {
  readonly calls: string[] = [];
  readonly failing = new Set<string>();

  @OnSignal(OrderPlaced, { uid: 'plain', delivery: durable({ backoffMs: 60_000, maxBackoffMs: 10 }) })
  plain({ name }: PayloadOf<OrderPlaced>, { attempt }: Message) {
    this.calls.push(`plain ${name} ${attempt}`);
    if (attempt < 4 && this.failing.has(name)) throw new Error(name);
  }

  @OnSignal(OrderPlaced, { uid: 'keyed', delivery: durable({ key: () => 'one key' }) })
  keyed({ name }: PayloadOf<OrderPlaced>, { attempt }: Message) {
    this.calls.push(`keyed ${name} ${attempt}`);
  }
}

@Injectable()
class Watches {
  readonly failures: string[] = [];
  readonly dead: string[] = [];

  @OnSignal(ReceiverFailed)
  failed({ receiver, error, message }: PayloadOf<ReceiverFailed>) {
    this.failures.push(`${receiver} ${message.attempt} ${(error as Error).message.split('\n')[0]}`);
  }

  @OnSignal(TaskFinished)
  finished({ receiver, status }: TaskPayload) {
    if (status === 'dead') this.dead.push(receiver);
  }
}

let t: DurableApp;
let receives: Receives;
let watches: Watches;
beforeEach(async () => {
  t = await startDurable({ providers: [Receives, Watches] });
  [receives, watches] = [t.app.get(Receives), t.app.get(Watches)];
});
afterEach(() => t[Symbol.asyncDispose]());

function sql<Row extends object>(text: string): Promise<Row[]> {
  return t.orm.em.getConnection().execute<Row[]>(text);
}

/** Stores messages as a worker leaves them that has fetched `first`, so many times before, and is gone. */
async function abandoned(uid: string, names: readonly string[], fetched: string, ago = '1 minute'): Promise<void> {
  await t.durable.pause('plain');
  await t.durable.pause('keyed');
  for (const name of names) await t.placed.send('somebody', { name });
  await sql(`delete from signals.job where name not like '${uid}%'`);
  await sql(`update signals.job set state = 'active', started_on = now() - interval '2 minutes',
    heartbeat_on = now() - interval '${ago}', retry_backoff = true, retry_delay = 60, ${fetched}
    where data->'payload'->>'v' = '{"name":"${names[0]!}"}'`);
  await t.durable.resume('plain');
  await t.durable.resume('keyed');
}

describe('A message that is lost with its worker', () => {
  it.each(['plain', 'keyed'])('is due again at once, however often that has happened: %s', async uid => {
    await abandoned(uid, ['one', 'two'], 'retry_count = 12, retry_limit = 100');
    await eventually(() => receives.calls.length === 2);

    expect(receives.calls.sort()).toEqual([`${uid} one 14`, `${uid} two 1`]);
  });

  it.each(['plain', 'keyed'])('is dead in its last attempt, is reported, and holds up nothing: %s', async uid => {
    await abandoned(uid, ['one', 'two'], 'retry_count = retry_limit');
    await eventually(() => receives.calls.length > 0 && watches.dead.length > 0);
    await eventually(async () => (await sql(`select from signals.job where state = 'retry'`)).length === 0);

    const why =
      'A durable message was lost with its worker in its last attempt: the worker was silent for ten seconds.';
    expect(receives.calls).toEqual([`${uid} two 1`]);
    expect(watches.failures).toEqual([`${uid} 6 ${why}`]);
    expect(watches.dead).toEqual([uid]);
    const [dead] = await t.durable.dead();
    expect(dead).toMatchObject({ receiver: uid, attemptCount: 6, error: { code: 'WORKER_LOST' } });
    expect(await t.durable.retry(uid)).toBe(1);
    await t.settled();
    expect(receives.calls).toEqual([`${uid} two 1`, `${uid} one 1`]);
  });

  it('is dead when its time was up in its last attempt', async () => {
    await abandoned('plain', ['one'], 'retry_count = retry_limit, expire_seconds = 1');
    await eventually(() => watches.dead.length > 0);

    expect(watches.failures).toEqual([expect.stringContaining('was not settled in its time in its last attempt')]);
  });
});

describe('A message that somebody else has found dead', () => {
  it.each(['plain', 'keyed'])('is reported, and holds up nothing: %s', async uid => {
    const boss = new PgBoss({ connectionString: t.orm.config.get('clientUrl')!, schema: 'signals', supervise: false });
    await boss.start();
    await abandoned(uid, ['one', 'two'], 'retry_count = retry_limit', '0 s');
    // As pg-boss would settle it.
    const [{ id }] = (await sql<{ id: string }>(`select id from signals.job where state = 'active'`)) as [
      { id: string },
    ];
    const queue = uid === 'keyed' ? 'keyed//ordered' : 'plain';
    await boss.fail(queue, id, { value: { message: 'job heartbeat timeout' } });
    await boss.stop({ graceful: false });
    await eventually(() => receives.calls.length > 0 && watches.dead.length > 0, 60_000);

    expect(receives.calls).toEqual([`${uid} two 1`]);
    expect(watches.failures).toEqual([`${uid} 6 job heartbeat timeout`]);
    expect(await t.durable.dead()).toHaveLength(1);
  });

  it('is reported again where the worker that found it was lost before it had reported it', async () => {
    await abandoned('plain', ['one'], 'retry_count = retry_limit');
    await eventually(() => watches.dead.length > 0);
    await eventually(async () => (await sql(`select from signals.job where state = 'created'`)).length === 1);
    await sql(`update signals.job set state = 'retry', heartbeat_on = now() - interval '1 minute'`);
    await eventually(() => watches.dead.length === 2, 60_000);
    await eventually(async () => (await sql(`select from signals.job where state = 'created'`)).length === 1);

    expect(await t.durable.dead()).toHaveLength(1);
  });
});

it('A repetition waits no longer than `maxBackoffMs`', async () => {
  receives.failing.add('one');
  await t.placed.send('somebody', { name: 'one' });
  await eventually(() => receives.calls.includes('plain one 4'));

  expect(receives.calls.filter(call => call.startsWith('plain'))).toEqual([1, 2, 3, 4].map(at => `plain one ${at}`));
});
