import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, type Message, OnSignal, type PayloadOf, Signal, SignalRegistry } from 'nestjs-signals';
import { PgBoss } from 'pg-boss';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced, Receipt, startDurable } from './orders.js';
import { Gate, start, connect, placeAll, overdueUntil } from './gate.js';

quiet();
jest.setTimeout(60_000);

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
    expect(performance.now() - begun).toBeLessThan(18_000);
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
    expect(performance.now() - begun).toBeLessThan(11_000);
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
