import fc from 'fast-check';
import { jest } from '@jest/globals';
import { MikroORM } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf, Signal, SignalRegistry } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { type DurableApp, Order, startDurable } from './orders.js';

class Hooked extends Signal<{ body: unknown }> {}

@Injectable()
class Bodies {
  readonly seen: unknown[] = [];
  readonly messages: Message[] = [];

  @OnSignal(Hooked, { uid: 'hooked', delivery: durable({ retryLimit: 0, key: () => 'all' }) })
  receive({ body }: PayloadOf<Hooked>, message: Message): void {
    this.seen.push(body);
    this.messages.push(message);
  }
}

/** The keys and tags of the format of stored payloads, which the body of a webhook may contain as well. */
const tags = ['$', 'v', 'entity', 'object', 'json', 'date', 'map', 'set', 'undefined', 'sealed', '__proto__'];
const key = fc.oneof(
  fc.constantFrom(...tags),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('zz', 'a', '10', '9', 'a\0', '\ud800'),
);
const { body } = fc.letrec<{ body: unknown }>(tie => ({
  body: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(...tags, 'Order', null, true, 0, 1e300, 5e-324, -1.5),
    fc.string({ unit: 'binary' }),
    fc.array(tie('body'), { maxLength: 4 }),
    fc.record({ $: fc.constantFrom(...tags), v: tie('body') }),
    fc.constant({ $: 'entity', v: { entity: 'Order', using: 'default', key: [1], snapshot: { id: 1 } } }),
    fc.array(fc.tuple(key, tie('body')), { maxLength: 5 }).map(entries => Object.fromEntries(entries) as unknown),
  ),
}));

let t: DurableApp;
let bodies: Bodies;
quiet();
jest.setTimeout(60_000);
beforeAll(async () => {
  t = await startDurable({ providers: [Bodies, Hooked] });
  bodies = t.app.get(Bodies);
});
afterAll(() => t[Symbol.asyncDispose]());
afterEach(() => {
  bodies.seen.length = bodies.messages.length = 0;
});

const sql = (text: string, values: unknown[] = []) => t.app.get(MikroORM).em.getConnection().execute(text, values);

describe('JSON in a durable payload', () => {
  it('comes back as it was, with its keys in their order, whatever it contains', async () => {
    await t
      .fork()
      .persist(t.fork().create(Order, { name: 'not for a webhook to choose' }))
      .flush();
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 60 }), async sent => {
        bodies.seen.length = 0;
        await t.fork().transactional(async trx => {
          for (const one of sent) await t.app.get(Hooked).send('hook', { body: one }, { em: trx });
        });
        await t.settled();
        expect(bodies.seen).toEqual(sent);
        expect(JSON.stringify(bodies.seen)).toBe(JSON.stringify(sent));
      }),
      { numRuns: 12 },
    );
    expect(await t.durable.dead()).toEqual([]);
  });

  it('is also what a context and a sender hold', async () => {
    const context = { $: 'date', v: 'zero \0 half \ud800', b: 1, a: { $: 'x' } };
    await t.app.get(SignalRegistry).withContext(context, () => t.app.get(Hooked).send('zero \0', { body: 1 }));
    await t.settled();

    expect(JSON.stringify(bodies.messages[0]!.context)).toBe(JSON.stringify(context));
    expect(bodies.messages[0]!.sender).toBe('zero \0');
  });

  it('is read as 0.1.0 stored it, too', async () => {
    await t.durable.pause('hooked');
    await t.app.get(Hooked).send('hook', { body: 'to be replaced' });
    const payload = {
      body: {
        text: { $: 'text', v: Buffer.from('zero \0', 'utf16le').toString('base64') },
        hook: { $: 'object', v: { $: 'entity', v: { entity: 'Order', key: [1] } } },
        map: {
          $: 'map',
          v: [
            [
              { $: 'date', v: '1970-01-01T00:00:00.000Z' },
              { $: 'bigint', v: '5' },
            ],
          ],
        },
        order: { $: 'entity', v: { entity: 'Order', using: 'default', key: [99], snapshot: { id: 99, name: 'gone' } } },
      },
    };
    const old = { payload, sender: { value: 'hook' }, context: { actor: 'ann' } };
    await sql(`update signals.job set data = data || ?::jsonb where state = 'created'`, [JSON.stringify(old)]);
    await t.durable.resume('hooked');
    await t.settled();

    expect(bodies.seen).toEqual([
      {
        text: 'zero \0',
        hook: { $: 'entity', v: { entity: 'Order', key: [1] } },
        map: new Map([[new Date(0), 5n]]),
        order: expect.objectContaining({ id: 99, name: 'gone' }),
      },
    ]);
    expect(bodies.messages[0]).toMatchObject({ sender: 'hook', context: { actor: 'ann' } });
  });

  it('is stored although one transaction sends more than PostgreSQL takes in one value', async () => {
    const text = 'é'.repeat(12 * 1024 * 1024);
    await t.fork().transactional(async em => {
      for (let at = 0; at < 3; at += 1) await t.app.get(Hooked).send('hook', { body: at + text }, { em });
    });
    await t.settled();

    expect(bodies.seen).toEqual([`0${text}`, `1${text}`, `2${text}`]);
  });
});
