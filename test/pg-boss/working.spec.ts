import { EntityManager, MikroORM } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  durable,
  type DurableOptions,
  type Message,
  OnSignal,
  type PayloadOf,
  Signal,
  SignalRegistry,
} from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { PgBoss } from 'pg-boss';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, OrderPlaced, Receipt, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

/** A place where receivers wait for the test. */
class Gate {
  readonly reached: string[] = [];
  private readonly opened = Promise.withResolvers<void>();
  open = () => this.opened.resolve();

  pass(name: string): Promise<void> {
    this.reached.push(name);
    return this.opened.promise;
  }
}

type Receive = (payload: { name: string }, message: Message) => unknown;
type Connecting = NonNullable<Parameters<OrderPlaced['connect']>[1]>;
type Options = DurableOptions<{ name: string }> & { payload?: undefined };

async function start(receive: Receive, options: Options = {}, more: Omit<Connecting, 'batch'> = {}) {
  const t = await startDurable();
  connect(t, receive, options, more);
  return t;
}

function connect(t: DurableApp, receive: Receive, options: Options = {}, more: Omit<Connecting, 'batch'> = {}) {
  t.placed.connect(async (payload, message) => receive(payload, message), {
    uid: 'x',
    delivery: durable(options),
    ...more,
  });
}

function placeAll(t: DurableApp, names: readonly string[]): Promise<unknown> {
  return t.fork().transactional(async em => {
    for (const name of names) await t.placed.send('somebody', { name }, { em });
  });
}

/** Lets the first attempt at `one` look as if its time had been up for long, until others have noticed. */
function overdueUntil(t: DurableApp, isSo: () => Promise<boolean>): Promise<void> {
  const overdue = `update signals.job set started_on = now() - interval '2 days'
    where state = 'active' and retry_count = 0 and data->'payload'->>'v' = '{"name":"one"}'`;
  return eventually(async () => {
    await t.app.get(MikroORM).em.getConnection().execute(overdue);
    return isSo();
  });
}

describe('A worker', () => {
  it('calls the receiver in a transaction, with the EntityManager that is injected everywhere', async () => {
    @Injectable()
    class Writes {
      readonly same: unknown[] = [];
      constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

      @OnSignal(OrderPlaced, { uid: 'writes', delivery: durable() })
      write({ name }: PayloadOf<OrderPlaced>, { em }: Message) {
        this.same.push(em!.isInTransaction(), this.em.getContext() === em);
        this.em.create(Receipt, { text: name });
      }
    }
    await using t = await startDurable({ providers: [Writes] });
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    expect(t.app.get(Writes).same).toEqual([true, true]);
    expect(await t.texts()).toEqual(['one']);
  });

  it('holds no transaction open for a receiver that says so', async () => {
    const inTransaction: unknown[] = [];
    await using t = await start(
      ({ name }, { em }) => {
        inTransaction.push(em!.isInTransaction());
        em!.create(Receipt, { text: name });
      },
      { transaction: false },
    );
    await placeAll(t, ['one', 'two']);
    await t.settled();

    expect(inTransaction).toEqual([false, false]);
    expect((await t.texts()).sort()).toEqual(['one', 'two']);
  });

  it('completes many short calls with few statements, where no transaction is held', async () => {
    const complete = jest.spyOn(PgBoss.prototype, 'complete');
    const calls: string[] = [];
    await using t = await start(({ name }) => calls.push(name), { transaction: false, batch: 50, concurrency: 1 });
    await placeAll(
      t,
      Array.from({ length: 50 }, (_, at) => String(at)),
    );
    await t.settled();

    expect(new Set(calls).size).toBe(50);
    expect(calls).toHaveLength(50);
    expect(complete.mock.calls.length).toBeLessThan(30);
  });

  it.each([{ concurrency: 1 }, { concurrency: 3 }])(
    'runs so many calls at the same time: %j',
    async ({ concurrency }) => {
      let [running, most] = [0, 0];
      const all = Promise.withResolvers<void>();
      await using t = await start(
        async () => {
          most = Math.max(most, ++running);
          if (running === concurrency) all.resolve();
          await all.promise;
          await new Promise(resolve => setTimeout(resolve, 20));
          running -= 1;
        },
        { concurrency, batch: 2 },
      );
      await placeAll(
        t,
        Array.from({ length: 12 }, (_, at) => String(at)),
      );
      await t.settled();

      expect(most).toBe(concurrency);
    },
  );

  it('takes batch after batch, and waits for no poll in between (pg-boss 12.38)', async () => {
    await using t = await start(() => {}, { concurrency: 1, batch: 2 });
    const names = Array.from({ length: 20 }, (_, at) => String(at));
    const begun = performance.now();
    await placeAll(t, names);
    await t.settled();

    // The slow poll would take two seconds for each of the ten batches.
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('repeats when the time has come, and waits for no poll (pg-boss 12.38)', async () => {
    const attempts: number[] = [];
    await using t = await start(
      (_, { attempt }) => {
        attempts.push(attempt);
        if (attempt <= 6) throw new Error('once more');
      },
      { concurrency: 1, retryLimit: 6, backoffMs: 1 },
    );
    const begun = performance.now();
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  it('gives the messages with one key in their order, one after another, whatever fails', async () => {
    const calls: string[] = [];
    const failing = new Set(['a2', 'b1']);
    await using t = await start(
      ({ name }) => {
        calls.push(name);
        if (failing.delete(name)) throw new Error(name);
      },
      { key: ({ name }: { name: string }) => name[0]!, backoffMs: 1, concurrency: 3 },
    );
    await placeAll(t, ['a1', 'b1', 'a2', 'a3', 'b2']);
    await t.placed.send('somebody', { name: 'a4' });
    await t.settled();

    expect(calls.filter(name => name.startsWith('a'))).toEqual(['a1', 'a2', 'a2', 'a3', 'a4']);
    expect(calls.filter(name => name.startsWith('b'))).toEqual(['b1', 'b1', 'b2']);
  });

  it('goes on with a key when one of its messages is dead', async () => {
    const calls: string[] = [];
    await using t = await start(
      ({ name }) => {
        calls.push(name);
        if (name === 'a1') throw new Error(name);
      },
      { key: () => 'a', retryLimit: 0 },
    );
    await placeAll(t, ['a1', 'a2']);
    await t.settled();

    expect(calls).toEqual(['a1', 'a2']);
    expect(await t.durable.dead()).toHaveLength(1);
  });

  it('goes by when messages were stored, not by when their transactions began', async () => {
    const calls: string[] = [];
    await using t = await start(({ name }) => calls.push(name), { key: () => 'a' });
    await t.durable.pause('x');
    const early = t.fork();
    await early.begin();
    await early.getConnection().execute('select 1', [], 'all', early.getTransactionContext());
    await t.placed.send('somebody', { name: 'first' });
    await t.placed.send('somebody', { name: 'second' }, { em: early });
    await early.commit();
    await t.durable.resume('x');
    await t.settled();

    expect(calls).toEqual(['first', 'second']);
  });

  it('waits before it delivers what is delayed', async () => {
    const sent = Date.now();
    let waited = 0;
    await using t = await start(() => (waited = Date.now() - sent), { delayMs: 300 });
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    expect(waited).toBeGreaterThanOrEqual(300);
  });

  it('does not let what was given to another worker count', async () => {
    const gate = new Gate();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using t = await start(async ({ name }, { em, attempt }) => {
      em!.create(Receipt, { text: `${name} ${attempt}` });
      if (attempt === 1) await gate.pass(name);
    });
    await t.placed.send('somebody', { name: 'one' });
    await eventually(() => gate.reached.length === 1);
    await overdueUntil(t, async () => (await t.texts()).includes('one 2'));
    gate.open();
    await eventually(() => warn.mock.calls.some(([text]) => String(text).includes('given to another worker')));

    expect(await t.texts()).toEqual(['one 2']);
  });

  it('completes its own alone, where what it shares a statement with was given to another worker', async () => {
    const gate = new Gate();
    const calls: string[] = [];
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using t = await start(
      async ({ name }, { attempt }) => {
        calls.push(`${name} ${attempt}`);
        if (attempt === 1) await gate.pass(name);
      },
      { transaction: false, batch: 1, concurrency: 2 },
    );
    await placeAll(t, ['one', 'two']);
    await eventually(() => gate.reached.length === 2);
    await overdueUntil(t, async () => (await t.durable.counts()).some(({ active }) => active === 1));
    gate.open();
    await t.settled();

    expect(calls.sort()).toEqual(['one 1', 'one 2', 'two 1']);
    expect(warn.mock.calls.filter(([text]) => String(text).includes('given to another worker'))).toHaveLength(1);
    expect(await t.durable.dead()).toEqual([]);
  });

  it('ends a receiver whose time is up, and repeats it', async () => {
    const attempts: number[] = [];
    await using t = await start(
      (_, { attempt, abortSignal, em }) => {
        attempts.push(attempt);
        em!.create(Receipt, { text: String(attempt) });
        if (attempt > 1) return undefined;
        return new Promise(resolve => abortSignal.addEventListener('abort', resolve));
      },
      { backoffMs: 1 },
      { timeoutMs: 20 },
    );
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    expect(attempts).toEqual([1, 2]);
    expect(await t.texts()).toEqual(['2']);
  });

  it('carries the context on, and names the message that led to another', async () => {
    class Further extends Signal<{ name: string }> {}
    const contexts: unknown[] = [];
    const t = await startDurable({ providers: [Further] });
    await using _ = t;
    const further = t.app.get(Further);
    connect(t, ({ name }, { context, em }) => {
      contexts.push(context);
      return further.send('somebody', { name }, { em: em! });
    });
    further.connect((payload, { context, causedBy }) => contexts.push(context, typeof causedBy), {
      uid: 'further',
      delivery: durable(),
    });
    await t.app.get(SignalRegistry).withContext({ actor: 'ann' }, () => t.placed.send('somebody', { name: 'one' }));
    await t.settled();

    expect(contexts).toEqual([{ actor: 'ann' }, { actor: 'ann' }, 'string']);
  });

  it('delivers only the last of the messages that a receiver coalesces', async () => {
    const calls: string[] = [];
    await using t = await start(({ name }) => calls.push(name), {}, { coalesce: () => 'all' });
    await placeAll(t, ['1', '2', '3']);
    await t.settled();

    expect(calls).toEqual(['3']);
  });
});

describe('A durable receiver that asks for batches', () => {
  it('has what was fetched at once in one call and one transaction, and what fails one by one', async () => {
    const calls: string[][] = [];
    await using t = await startDurable();
    t.placed.connect(
      (payloads, { em }) => {
        const names = payloads.map(({ name }) => name);
        calls.push(names);
        for (const text of names) em!.create(Receipt, { text });
        if (names.includes('poison')) throw new Error('poison');
      },
      { uid: 'x', batch: true, delivery: durable({ concurrency: 1, retryLimit: 1, backoffMs: 1 }) },
    );
    await placeAll(t, ['a', 'poison', 'b']);
    await t.settled();

    expect(calls[0]).toEqual(['a', 'poison', 'b']);
    expect(calls.slice(1).flat().sort()).toEqual(['a', 'b', 'poison']);
    expect((await t.texts()).sort()).toEqual(['a', 'b']);
    expect(await t.durable.dead()).toHaveLength(1);
  });
});

describe('A version of a payload', () => {
  it('is brought up to date by `upgrade` when it is older', async () => {
    const names: string[] = [];
    await using t = await start(({ name }) => names.push(name));
    await t.durable.pause('x');
    await t.placed.send('somebody', { name: 'one' });
    Object.assign(OrderPlaced, {
      version: 2,
      upgrade: ({ name }: { name: string }, from: number) => ({ name: `${name} from ${from}` }),
    });
    try {
      await t.durable.resume('x');
      await t.settled();
    } finally {
      Object.assign(OrderPlaced, { version: undefined, upgrade: undefined });
    }

    expect(names).toEqual(['one from 1']);
  });

  it('that is newer is given back, and no attempt is counted', async () => {
    const attempts: number[] = [];
    await using t = await start((_, { attempt }) => attempts.push(attempt), { retryLimit: 0 });
    Object.assign(OrderPlaced, { version: 2 });
    try {
      await t.durable.pause('x');
      await t.placed.send('somebody', { name: 'one' });
    } finally {
      Object.assign(OrderPlaced, { version: undefined });
    }
    await t.durable.resume('x');
    await eventually(async () => (await t.durable.counts()).some(({ delayed }) => delayed === 1));
    expect(attempts).toEqual([]);

    Object.assign(OrderPlaced, { version: 2 });
    try {
      await t.settled();
    } finally {
      Object.assign(OrderPlaced, { version: undefined });
    }
    expect(attempts).toEqual([1]);
  });
});

describe('A process', () => {
  it('serves only the groups and uids that it is given', async () => {
    const calls: string[] = [];
    await using t = await startDurable({}, { work: ['mails', 'y'] });
    for (const [uid, group] of [['x', 'mails'], ['y'], ['z', 'other']] as const) {
      t.placed.connect(() => calls.push(uid), { uid, delivery: durable(group ? { group } : {}) });
    }
    await t.placed.send('somebody', { name: 'one' });
    await eventually(() => calls.length === 2);

    expect(calls.sort()).toEqual(['x', 'y']);
    expect(await t.durable.counts()).toEqual(
      expect.arrayContaining([expect.objectContaining({ receiver: 'z', waiting: 1, parked: false })]),
    );
  });

  it('waits for what it is doing when it ends, and has taken nothing else', async () => {
    const calls: string[] = [];
    const gate = new Gate();
    const t = await start(
      async ({ name }, { em }) => {
        calls.push(name);
        await gate.pass(name);
        em!.create(Receipt, { text: name });
      },
      { concurrency: 1, batch: 5, retryLimit: 0 },
    );
    await placeAll(t, ['1', '2', '3']);
    await eventually(() => gate.reached.length === 1);
    const orm = t.app.get(MikroORM);
    const rows = () => orm.em.getConnection().execute(`select state from signals.job where name = 'x' order by id`);
    const ended = t.app.close();
    gate.open();
    await ended;

    expect(calls).toEqual(['1']);
    await orm.connect();
    expect(await rows()).toEqual([{ state: 'completed' }, { state: 'created' }, { state: 'created' }]);
    expect(await orm.em.fork().count(Receipt)).toBe(1);
    await t[Symbol.asyncDispose]();
  });

  it('gives back what has not ended in time, which cannot complete any more', async () => {
    const gate = new Gate();
    const t = await startDurable({ signals: { durable: pgBoss(), shutdownTimeoutMs: 50 } });
    connect(t, async ({ name }, { em }) => {
      em!.create(Receipt, { text: name });
      await gate.pass(name);
    });
    await t.placed.send('somebody', { name: 'one' });
    await eventually(() => gate.reached.length === 1);
    const orm = t.app.get(MikroORM);
    const rows = () => orm.em.getConnection().execute(`select state, group_tier as counts from signals.job`);
    const ended = t.app.close();
    await eventually(async () => (await rows())[0].state === 'retry');
    gate.open();
    await ended;

    await orm.connect();
    expect(await rows()).toEqual([{ state: 'retry', counts: '1/0' }]);
    expect(await orm.em.fork().count(Receipt)).toBe(0);
    await t[Symbol.asyncDispose]();
  });
});
