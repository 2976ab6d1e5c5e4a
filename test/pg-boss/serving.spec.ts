import { MikroORM } from '@mikro-orm/core';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced, Receipt, startDurable } from './orders.js';
import { Gate, start, connect, placeAll } from './gate.js';

quiet();
jest.setTimeout(60_000);

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

  it.each([
    [{ version: 2 }, 'write static upgrade(payload, from) in OrderPlaced'],
    [{ version: '2' }, 'give it a whole number'],
    [{ version: 0 }, 'give it a whole number'],
  ])('is refused at start if older ones could not be brought up to date: %j', async (statics, fix) => {
    Object.assign(OrderPlaced, statics);
    try {
      await expect(start(() => {})).rejects.toMatchObject({
        code: 'PAYLOAD_INVALID',
        message: expect.stringContaining(fix),
      });
    } finally {
      Object.assign(OrderPlaced, { version: undefined });
    }
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
    const sql = (text: string) => t.orm.em.getConnection().execute<unknown[]>(text);
    await sql(`update signals.job set start_after = now() - interval '61 s'`);
    await t.durable.resume('x');
    await eventually(async () => (await t.durable.counts()).some(({ delayed }) => delayed === 1));
    expect(attempts).toEqual([]);
    const health = async () => (await t.durable.health({ maxOldestMs: 60_000 })).durable;
    expect(await health()).toMatchObject({ status: 'down', waiting: 0 });
    await sql('update signals.job set start_after = now()');
    await t.durable.resume('x');
    await eventually(async () => (await sql('select from signals.job where retry_limit = 2')).length === 1);
    expect(await health()).toMatchObject({ status: 'down', waiting: 0 });

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
    await orm.close();
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
    const rows = () => orm.em.getConnection().execute(`select state, left(group_tier, 3) as counts from signals.job`);
    const ended = t.app.close();
    await eventually(async () => (await rows())[0].state === 'retry');
    gate.open();
    await ended;

    await orm.connect();
    expect(await rows()).toEqual([{ state: 'retry', counts: '1/0' }]);
    expect(await orm.em.fork().count(Receipt)).toBe(0);
    await orm.close();
    await t[Symbol.asyncDispose]();
  });
});
