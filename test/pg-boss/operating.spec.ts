import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

describe.each(engines)('DurableSignals, with %s,', (engineName, engine) => {
  let t: DurableApp;
  const failing = new Set<string>();
  const calls: string[] = [];
  beforeAll(async () => {
    t = await startDurable({ signals: { durable: engine() } });
    for (const uid of ['mails', 'other']) {
      t.placed.connect(
        ({ name }) => {
          calls.push(`${uid} ${name}`);
          if (failing.has(name)) throw Object.assign(new TypeError(`no paper for "${name}"`), { code: 'E_PAPER' });
        },
        { uid, delivery: durable({ retryLimit: 0, key: () => 'all' }) },
      );
    }
  });
  afterAll(() => t[Symbol.asyncDispose]());
  afterEach(async () => {
    failing.clear();
    for (const uid of ['mails', 'other']) await t.durable.purge(uid);
    calls.length = 0;
  });

  async function die(names: readonly string[]): Promise<void> {
    for (const name of names) failing.add(name);
    await t.fork().transactional(async em => {
      for (const name of names) await t.placed.send('somebody', { name }, { em });
    });
    await t.settled();
  }
  const found = async (filter: Parameters<typeof t.durable.dead>[0]) => {
    const dead = await t.durable.dead(filter);
    return dead.map(({ receiver, error }) => `${receiver}: ${error.message.split('"')[1]}`).sort();
  };

  it('finds dead messages by receiver, by text in the payload or the error, and by time', async () => {
    await die(['Zoë "x" 100%', 'b_b']);

    expect(await found({ receiver: 'mails' })).toHaveLength(2);
    expect(await found({ text: 'zoË "x' })).toEqual(['mails: Zoë ', 'other: Zoë ']);
    expect(await found({ text: '100%', receiver: 'other' })).toEqual(['other: Zoë ']);
    expect(await found({ text: 'b_b' })).toEqual(['mails: b_b', 'other: b_b']);
    expect(await found({ text: 'bxb' })).toEqual([]);
    expect(await found({ text: '%' })).toEqual(['mails: Zoë ', 'other: Zoë ']);
    expect(await found({ text: `'; DROP TABLE signals.job; --` })).toEqual([]);
    expect(await found({ text: 'e_paper', receiver: 'mails' })).toHaveLength(2);
    expect(await found({ text: 'no paper', limit: 3 })).toHaveLength(3);
    expect(await found({ failedBefore: new Date(Date.now() + 60_000) })).toHaveLength(4);
    expect(await found({ failedBefore: new Date(Date.now() - 60_000) })).toEqual([]);
    expect(await found({ receiver: 'missing' })).toEqual([]);
  });

  it('retries, removes and purges what a filter finds, and says how many', async () => {
    await die(['a1', 'a2', 'b1']);
    failing.clear();
    calls.length = 0;

    expect(await t.durable.retry({ receiver: 'mails', text: '"a' })).toBe(2);
    await t.settled();
    expect(calls).toEqual(['mails a1', 'mails a2']);
    expect(await t.durable.remove({ text: 'b1' })).toBe(2);
    expect(await found({})).toEqual(['other: a1', 'other: a2']);
    expect(await t.durable.remove({ receiver: 'other', limit: 1 })).toBe(1);

    await t.durable.pause('mails');
    await t.placed.send('somebody', { name: 'a3' });
    await t.durable.retry({ receiver: 'other' });
    await eventually(async () =>
      (await t.durable.counts()).every(({ receiver, waiting }) => receiver === 'mails' || waiting === 0),
    );
    expect(await t.durable.purge({ receiver: 'mails', failedBefore: new Date() })).toBe(0);
    expect(await t.durable.purge({ receiver: 'mails', text: 'nothing' })).toBe(0);
    expect(await t.durable.purge({ receiver: 'mails', text: 'A3' })).toBe(1);
    await t.durable.resume('mails');
  });

  it('retries the messages with one key in the order in which they were sent, before what was sent later', async () => {
    await die(['1', '2', '3', '4']);
    await t.durable.pause('mails');
    failing.clear();
    await t.placed.send('somebody', { name: '5' });
    const dead = await t.durable.dead({ receiver: 'mails' });
    const idOf = (name: string) => dead.find(({ error }) => error.message.includes(`"${name}"`))!.id;
    calls.length = 0;

    // One by one, the last first.
    for (const name of ['4', '2']) expect(await t.durable.retry('mails', [idOf(name)])).toBe(1);
    expect(await t.durable.retry('mails')).toBe(2);
    await t.durable.resume('mails');
    await t.settled();

    expect(calls.filter(call => call.startsWith('mails'))).toEqual(
      ['1', '2', '3', '4', '5'].map(name => `mails ${name}`),
    );
  });

  it('finds, retries, removes and purges by the id of the message, and by the id for one receiver', async () => {
    await die(['one', 'two']);
    const dead = await t.durable.dead();
    const idsOf = (name: string) =>
      dead.filter(({ error }) => error.message.includes(name)).map(({ message }) => message);
    const [[one], [two]] = [idsOf('one'), idsOf('two')];

    expect(await found({ ids: [one!] })).toEqual(['mails: one', 'other: one']);
    expect(await found({ ids: [one!.toUpperCase()], receiver: 'mails' })).toEqual(['mails: one']);
    expect(await found({ ids: [dead[0]!.id.toUpperCase(), two!] })).toHaveLength(dead[0]!.message === two ? 2 : 3);
    failing.clear();
    expect(await t.durable.retry('mails', [one!])).toBe(1);
    expect(await t.durable.remove({ ids: [one!] })).toBe(1);
    expect(await t.durable.purge({ ids: [two!] })).toBe(2);
    expect(await t.durable.dead()).toEqual([]);
  });

  it('counts the attempts of what is retried anew, and keeps what failed before', async () => {
    await die(['again']);
    expect(await t.durable.retry({ receiver: 'mails' })).toBe(1);
    await t.settled();

    expect(await t.durable.dead({ receiver: 'mails' })).toMatchObject([{ attemptCount: 1, attempts: [{}, {}] }]);
  });

  it.each<[string, object]>([
    ['an id that is none', { ids: ['abc'] }],
    ['an id that is no text', { ids: [undefined] }],
    ['a text that is empty', { text: '' }],
    ['a time that is none', { failedBefore: new Date('never') }],
    ['a limit that is no number', { limit: '10' }],
    ['a limit of nothing', { limit: 0 }],
    ['a filter that does not exist', { reciever: 'mails' }],
    ['a filter that is nothing', null as never],
    ['a filter that is a list', ['mails']],
  ])('refuses %s', async (_, filter) => {
    for (const operation of ['dead', 'retry', 'remove', 'purge'] as const) {
      await expect(t.durable[operation](filter)).rejects.toMatchObject({
        code: 'UNKNOWN_OPTION',
        message: expect.stringContaining(`DurableSignals.${operation}(`),
      });
    }
    await expect(t.durable.retry('mails', ['abc'])).rejects.toThrow(
      `The option 'ids' of a filter of messages cannot be used: it is ['abc'].`,
    );
  });

  it('does not forget everything by mistake, and does not mind an id that is gone', async () => {
    await die(['one']);
    for (const operation of ['remove', 'purge'] as const) {
      await expect(t.durable[operation]({ receiver: undefined, limit: 5 })).rejects.toMatchObject({
        code: 'UNKNOWN_OPTION',
      });
    }
    expect(await t.durable.remove('mails', [])).toBe(0);
    expect(await t.durable.retry('mails', [randomUUID()])).toBe(0);
    await expect(t.durable.retry({ receiver: 'missing' })).rejects.toMatchObject({ code: 'JOB_WITHOUT_RECEIVER' });
    expect(await found({})).toHaveLength(2);
  });

  it(`says for how long the oldest message has been due, and is down beyond limits (${engineName})`, async () => {
    await t.durable.pause('mails');
    failing.add('one');
    await t.placed.send('somebody', { name: 'one' });
    await eventually(async () => (await t.durable.counts()).some(({ oldestMs }) => oldestMs > 20));
    await eventually(async () => (await t.durable.dead()).length === 1);
    const [mails, other] = (await t.durable.counts()).toSorted((a, b) => a.receiver.localeCompare(b.receiver));
    expect(mails).toMatchObject({ receiver: 'mails', waiting: 1, paused: true });
    expect(other).toMatchObject({ receiver: 'other', oldestMs: 0, dead: 1 });

    const healthOf = async (limits: object) => (await t.durable.health(limits)).durable;
    expect(await healthOf({})).toMatchObject({ status: 'up', dead: 1, oldestMs: 0 });
    expect(await healthOf({ maxDead: 1 })).toMatchObject({ status: 'up' });
    expect(await healthOf({ maxDead: 0 })).toMatchObject({
      status: 'down',
      message: 'dead messages: 1 (at most 0)',
    });
    // A receiver that somebody has paused is late on purpose.
    expect(await healthOf({ maxOldestMs: 0 })).toMatchObject({ status: 'up' });
    expect(await t.durable.health('jobs', { maxDead: 0 })).toMatchObject({ jobs: { status: 'down' } });
    await t.durable.resume('mails');
  });
});

describe('DurableSignals', () => {
  it('is down when a message has been due for too long', async () => {
    await using t = await startDurable({}, { work: [] });
    t.placed.connect(() => {}, { uid: 'x', delivery: durable() });
    await t.placed.send('somebody', { name: 'one' });
    await eventually(async () => (await t.durable.health({ maxOldestMs: 30 })).durable.status === 'down');

    const { durable: health } = await t.durable.health({ maxOldestMs: 30 });
    expect(health.message).toMatch(/^oldest message that is due: \d+ ms \(at most 30\)$/);
    expect(await t.durable.health({ maxOldestMs: 60_000 })).toMatchObject({ durable: { status: 'up' } });
  });
});
