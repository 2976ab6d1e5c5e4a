import { jest } from '@jest/globals';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import {
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  ReceiverFailed,
  TaskEnqueued,
  TaskFinished,
  type TaskPayload,
  TaskStarted,
} from 'nestjs-signals';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, OrderPlaced, Receipt, startDurable } from './orders.js';

class Refused extends Error {}

@Injectable()
class Receipts {
  /** Names that fail, and how often they still do. */
  readonly failing = new Map<string, number>();
  readonly attempts: string[] = [];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal(OrderPlaced, { uid: 'receipts', delivery: durable({ retryLimit: 2, backoffMs: 1 }) })
  write({ name }: PayloadOf<OrderPlaced>, { attempt, id }: Message) {
    this.attempts.push(`${name} ${attempt}`);
    this.em.create(Receipt, { text: `${name} ${id.length}` });
    const left = this.failing.get(name) ?? 0;
    this.failing.set(name, left - 1);
    if (left > 0) throw new Refused(`no ${name}\0`);
  }

  @OnSignal(OrderPlaced, { uid: 'other', delivery: durable({ retryLimit: 0 }) })
  other() {}
}

const YEAR_MS = 365 * 24 * 3_600_000;

@Injectable()
class Yearly {
  calls = 0;

  @OnSignal(OrderPlaced, { uid: 'yearly', delivery: durable({ backoffMs: YEAR_MS, maxBackoffMs: YEAR_MS }) })
  fail() {
    this.calls += 1;
    throw new Refused('not this year');
  }
}

@Injectable()
class Reports {
  readonly tasks: string[] = [];
  readonly failures: unknown[] = [];

  @OnSignal([TaskEnqueued, TaskStarted, TaskFinished], { sender: 'receipts' })
  task({ attempt, status, error }: TaskPayload, { signal }: Message) {
    const why = error instanceof Error ? ` ${error.constructor.name}` : '';
    this.tasks.push(`${signal.constructor.name} ${attempt} ${status}${why}`);
  }

  @OnSignal(ReceiverFailed)
  failed({ receiver, error, message }: PayloadOf<ReceiverFailed>, { sender }: Message) {
    this.failures.push([receiver, (error as Error).constructor, message.attempt, sender]);
  }
}

let t: DurableApp;
let receipts: Receipts;
let reports: Reports;
quiet();
jest.setTimeout(60_000);
beforeEach(async () => {
  t = await startDurable({ providers: [Receipts, Reports] });
  [receipts, reports] = [t.app.get(Receipts), t.app.get(Reports)];
});
afterEach(() => t[Symbol.asyncDispose]());

/** The outcome of a call is sent when it is stored. */
async function settledAndTold(): Promise<void> {
  const count = (signal: string) => reports.tasks.filter(task => task.startsWith(signal)).length;
  await t.settled();
  await eventually(() => count('TaskStarted') === count('TaskFinished'));
}

describe('A durable receiver that fails', () => {
  it('is called again, and what it wrote before counts once', async () => {
    receipts.failing.set('one', 2);
    await t.placed.send(Receipts, { name: 'one' });
    await settledAndTold();

    expect(receipts.attempts).toEqual(['one 1', 'one 2', 'one 3']);
    expect(await t.texts()).toEqual(['one 36']);
    expect(reports.failures).toEqual([]);
    expect(reports.tasks).toEqual([
      'TaskEnqueued 1 enqueued',
      'TaskStarted 1 started',
      'TaskFinished 1 failed Refused',
      'TaskStarted 2 started',
      'TaskFinished 2 failed Refused',
      'TaskStarted 3 started',
      'TaskFinished 3 succeeded',
    ]);
  });

  it('is reported by ReceiverFailed once it has failed for the last time, and holds up no other', async () => {
    receipts.failing.set('poison', 3);
    await t.placed.send(Receipts, { name: 'poison' });
    await t.placed.send(Receipts, { name: 'good' });
    await settledAndTold();

    expect(await t.texts()).toEqual(['good 36']);
    expect(reports.failures).toEqual([['receipts', Refused, 3, OrderPlaced]]);
    expect(reports.tasks.filter(task => task.startsWith('TaskFinished 3'))).toEqual(['TaskFinished 3 dead Refused']);
  });

  it('leaves the message among the dead with its error, from where it is delivered again', async () => {
    receipts.failing.set('poison', 3);
    await t.placed.send(Receipts, { name: 'poison' });
    await eventually(async () => (await t.durable.dead()).length === 1);

    const [dead] = await t.durable.dead({ receiver: 'receipts' });
    expect(dead).toMatchObject({ receiver: 'receipts', signal: 'OrderPlaced', attemptCount: 3 });
    expect(dead!.error).toMatchObject({ name: 'Error', message: 'no poison' });
    expect(dead!.failedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await t.durable.dead({ receiver: 'other' })).toEqual([]);
    expect(await t.durable.health()).toMatchObject({ durable: { status: 'up', dead: 1, parked: [] } });

    expect(await t.durable.retry('receipts', [dead!.id])).toBe(1);
    await t.settled();
    expect(receipts.attempts.at(-1)).toBe('poison 1');
    expect(await t.texts()).toEqual(['poison 36']);
    expect(await t.durable.dead()).toEqual([]);
  });

  it('has dead messages that are removed one by one, or purged', async () => {
    for (const name of ['a', 'b', 'c']) {
      receipts.failing.set(name, 3);
      await t.placed.send(Receipts, { name });
    }
    await eventually(async () => (await t.durable.dead()).length === 3);
    const [dead] = await t.durable.dead();

    expect(await t.durable.remove('receipts', [dead!.id])).toBe(1);
    expect(await t.durable.dead({ limit: 1 })).toHaveLength(1);
    expect(await t.durable.purge('receipts')).toBe(2);
    expect(await t.durable.dead()).toEqual([]);
    await expect(t.durable.purge('missing')).rejects.toMatchObject({ code: 'JOB_WITHOUT_RECEIVER' });
  });

  it('is not called while it is paused', async () => {
    await t.durable.pause('receipts');
    await t.placed.send(Receipts, { name: 'later' });
    await eventually(async () => (await t.durable.counts()).some(({ paused, waiting }) => paused && waiting === 1));
    expect(receipts.attempts).toEqual([]);

    await t.durable.resume('receipts');
    await t.settled();
    expect(await t.texts()).toEqual(['later 36']);
    expect((await t.durable.counts()).some(({ paused }) => paused)).toBe(false);
  });

  it('waits as long as its backoff says, longer than a timer of Node can', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error) => void warnings.push(name);
    process.on('warning', note);
    await using year = await startDurable({ providers: [Yearly] });
    // When the second is stored, the first is waited for.
    for (const failed of [1, 2]) {
      await year.placed.send(Yearly, { name: 'one' });
      await eventually(async () => (await year.durable.counts()).some(({ delayed }) => delayed === failed));
    }
    process.off('warning', note);

    expect(year.app.get(Yearly).calls).toBe(2);
    expect(warnings).toEqual([]);
  });
});
