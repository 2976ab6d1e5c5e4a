import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { durable, ReceiverFailed, SignalRegistry } from 'nestjs-signals';
import { type Open, pgBoss, type Seal } from 'nestjs-signals/pg-boss';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

const keys = new Map([
  ['2025', randomBytes(32)],
  ['2026', randomBytes(32)],
]);
let current = '2025';

const seal: Seal = bytes => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keys.get(current)!, iv);
  const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return { keyId: current, bytes: Buffer.concat([iv, cipher.getAuthTag(), text]) };
};

const open: Open = async (bytes, keyId) => {
  const key = keys.get(keyId);
  if (!key) throw new Error(`there is no key ${keyId}`);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
};

quiet();
jest.setTimeout(60_000);

describe('pgBoss({ seal, open })', () => {
  let t: DurableApp;
  const calls: unknown[] = [];
  let failWith: Error | undefined;
  beforeAll(async () => {
    t = await startDurable({ providers: [ReceiverFailed] }, { seal, open });
    t.placed.connect(
      ({ name }, { sender, context }) => {
        calls.push([name, sender, context]);
        if (failWith) throw failWith;
      },
      { uid: 'sealed', delivery: durable({ retryLimit: 1, backoffMs: 1, key: ({ name }: { name: string }) => name }) },
    );
  });
  afterAll(() => t[Symbol.asyncDispose]());
  afterEach(async () => {
    calls.length = 0;
    failWith = undefined;
    await t.durable.purge('sealed');
  });

  const send = (name: string) =>
    t.app.get(SignalRegistry).withContext({ actor: 'ann-secret' }, () => t.placed.send('sender-secret', { name }));
  const table = async () =>
    JSON.stringify(await t.orm.em.getConnection().execute('select to_jsonb(job)::text as row from signals.job job'));

  it('leaves nothing of payload, sender, context, key and errors in the table that can be read', async () => {
    failWith = new TypeError('error-secret');
    await send('payload-secret');
    await t.settled();

    expect(calls[0]).toEqual(['payload-secret', 'sender-secret', { actor: 'ann-secret' }]);
    expect(await table()).not.toMatch(/secret/);
    expect(await table()).toContain('2025');
    const [dead] = await t.durable.dead();
    expect(dead).toMatchObject({
      error: { name: 'TypeError', message: 'error-secret' },
      attempts: [{ error: { message: 'error-secret' } }, { error: { message: 'error-secret' } }],
    });
  });

  it('delivers what was sealed with an earlier key, and what is retried', async () => {
    await t.durable.pause('sealed');
    await send('old');
    current = '2026';
    await send('new');
    await t.durable.resume('sealed');
    await t.settled();

    expect(calls.map(call => String((call as unknown[])[0])).sort()).toEqual(['new', 'old']);
  });

  it('keeps a message as failed whose key is gone, and delivers it when the key is back', async () => {
    const key = keys.get('2026')!;
    const failed: unknown[] = [];
    using _ = t.app.get(ReceiverFailed).connect(({ error }) => void failed.push(error));
    keys.delete('2026');
    await t.durable.pause('sealed');
    keys.set('2026', key);
    await send('one');
    keys.delete('2026');
    await t.durable.resume('sealed');
    await t.settled();

    expect(calls).toEqual([]);
    expect(failed).toEqual([expect.objectContaining({ message: 'there is no key 2026' })]);
    keys.set('2026', key);
    expect(await t.durable.dead()).toMatchObject([{ signal: 'OrderPlaced', attemptCount: 2 }]);
    expect(await t.durable.retry({ receiver: 'sealed' })).toBe(1);
    await t.settled();
    expect(calls).toHaveLength(1);
  });

  it('says that text cannot be searched', async () => {
    for (const operation of ['dead', 'retry', 'remove', 'purge'] as const) {
      await expect(t.durable[operation]({ text: 'x' })).rejects.toMatchObject({
        code: 'UNKNOWN_OPTION',
        message: expect.stringContaining('sealed, and cannot be searched'),
      });
    }
    expect(await t.durable.dead({ failedBefore: new Date() })).toEqual([]);
  });

  it('delivers what was stored before anything was sealed', async () => {
    await t.durable.pause('sealed');
    await send('sealed');
    const plain = { payload: { name: 'plain' }, sender: { value: 'x' } };
    await t.orm.em
      .getConnection()
      .execute(`update signals.job set data = data - 'sealed' || ?::jsonb where state = 'created'`, [
        JSON.stringify(plain),
      ]);
    await t.durable.resume('sealed');
    await t.settled();

    expect(calls).toEqual([['plain', 'x', {}]]);
  });

  it.each([{ seal }, { open }, { seal: 'aes', open }, { seal, open: true }])('refuses the options %j', options => {
    expect(() => pgBoss(options as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });
});
