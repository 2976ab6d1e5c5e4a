import { jest } from '@jest/globals';
import { wrap } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, PostDelete, PostSave, type PayloadOf, Signal } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { type DurableApp, Order, OrderPlaced, startDurable } from './orders.js';

class Measured extends Signal<{ [key: string]: unknown }> {}

@Injectable()
class Everything {
  readonly seen: { payload: Record<string, unknown>; message: Message; json?: unknown }[] = [];

  @OnSignal(Measured, { uid: 'measured', delivery: durable() })
  measured(payload: PayloadOf<Measured>, message: Message) {
    this.seen.push({ payload, message });
  }

  @OnSignal(PostSave, { uid: 'saved', sender: Order, delivery: durable() })
  saved(payload: PayloadOf<PostSave, Order>, message: Message) {
    const isManaged = message
      .em!.getUnitOfWork()
      .getIdentityMap()
      .values()
      .includes(payload.instance as never);
    this.seen.push({ payload: { ...payload, isManaged }, message });
  }

  @OnSignal(PostDelete, { uid: 'deleted', sender: Order, delivery: durable() })
  deleted({ instance, original }: PayloadOf<PostDelete, Order>, message: Message) {
    this.seen.push({
      payload: { instance: wrap(instance).toPOJO(), isOrder: instance instanceof Order, original },
      message,
    });
  }

  @OnSignal(OrderPlaced, {
    uid: 'chosen',
    delivery: durable({ payload: ({ name }: PayloadOf<OrderPlaced>) => ({ length: name.length }) }),
  })
  chosen(payload: { length: number }, message: Message) {
    this.seen.push({ payload: { ...payload }, message });
  }
}

function nested(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

let t: DurableApp;
let everything: Everything;
quiet();
jest.setTimeout(60_000);
beforeEach(async () => {
  t = await startDurable({ providers: [Everything, Measured] });
  everything = t.app.get(Everything);
});
afterEach(() => t[Symbol.asyncDispose]());

async function delivered(payload: Record<string, unknown>): Promise<Record<string, unknown>> {
  await t.app.get(Measured).send('somebody', payload);
  await t.settled();
  return everything.seen.at(-1)!.payload;
}

describe('A durable payload', () => {
  it('carries JSON, Date, bigint, Uint8Array, Map and Set, however deep', async () => {
    const payload = {
      text: 'zero \0, half \ud800, whole 😀',
      numbers: [0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY],
      nothing: [null, undefined],
      at: new Date(5),
      big: 2n ** 70n,
      bytes: new Uint8Array([0, 255]),
      map: new Map<unknown, unknown>([
        [1, new Set(['a'])],
        [new Date(1), { deep: [new Map()] }],
      ]),
      object: { $: 'date', v: 'not one' },
      ['__proto__x']: true,
    };

    expect(await delivered(payload)).toEqual(payload);
  });

  it('is what it was when it was sent', async () => {
    const payload = { lines: ['a'] };
    await t.fork().transactional(async em => {
      await t.app.get(Measured).send('somebody', payload, { em });
      payload.lines.push('b');
    });
    await t.settled();

    expect(everything.seen[0]!.payload).toEqual({ lines: ['a'] });
  });

  it.each([
    ['a class instance', { deep: [{ it: new (class Money {})() }] }, 'payload.deep[0].it is an instance of Money'],
    ['a function', { call: () => {} }, 'payload.call is a function'],
    ['a symbol in a Map', { map: new Map([['k', Symbol('s')]]) }, 'payload.map.get(k) is a symbol'],
    [
      'a symbol under a key without a name',
      { map: new Map([[Object.create(null), Symbol('s')]]) },
      'payload.map.get(key 0) is a symbol',
    ],
    ['what is too deep', { deep: nested(7000) }, 'more than 1000 levels deep'],
    ['what is too long', { text: 'x'.repeat(2 ** 26) }, 'payload.text is beyond the 67108864 characters'],
  ])('refuses %s when it is sent, and names the path', async (_, payload, reason) => {
    await expect(t.app.get(Measured).send('somebody', payload)).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_SERIALIZABLE',
      message: expect.stringContaining(reason),
    });
  });

  it('refuses what is part of itself, and takes what is there twice', async () => {
    const one: Record<string, unknown> = {};
    expect(await delivered({ a: one, b: one })).toEqual({ a: {}, b: {} });

    one.self = one;
    await expect(delivered({ one })).rejects.toThrow('payload.one.self is part of itself');
  });

  it('is what the delivery has chosen, where it chooses', async () => {
    await t.placed.send('somebody', { name: 'four' });
    await t.settled();

    expect(everything.seen.map(({ payload }) => payload)).toEqual([{ length: 4 }]);
  });

  it('names a sender that is text, and the class of any other', async () => {
    await delivered({});
    await t.app.get(Measured).send(new Everything(), {});
    await t.settled();

    expect(everything.seen.map(({ message }) => message.sender)).toEqual(['somebody', Everything]);
  });
});

describe('An entity in a durable payload', () => {
  it('is loaded again, as it is now, into the unit of work of the receiver', async () => {
    const em = t.fork();
    await t.durable.pause('saved');
    const order = em.create(Order, { name: 'one', secret: 'x' });
    await em.flush();
    await t.fork().nativeUpdate(Order, order.id, { name: 'two' });
    await t.durable.resume('saved');
    await t.settled();

    const [{ payload, message }] = everything.seen as [(typeof everything.seen)[0]];
    expect(payload.instance).toBeInstanceOf(Order);
    expect(payload).toMatchObject({
      instance: { id: order.id, name: 'two', secret: 'x' },
      created: true,
      changes: { name: { to: 'one' } },
      isManaged: true,
    });
    expect(payload.instance).not.toBe(order);
    expect(message.sender).toBe(Order);
    expect(message.missing).toBe(false);
  });

  it('is made from what was stored of it when its row is gone; what is hidden was not', async () => {
    const em = t.fork();
    const order = em.create(Order, { name: 'gone', secret: 'x' });
    await em.flush();
    await t.settled();
    const { id } = order;
    em.remove(order);
    await em.flush();
    await t.settled();

    const { payload, message } = everything.seen.at(-1)!;
    expect(payload).toMatchObject({ instance: { id, name: 'gone' }, isOrder: true, original: { id, name: 'gone' } });
    expect(payload.original).not.toHaveProperty('secret');
    expect(message.missing).toBe(true);
    const rows = await em
      .getConnection()
      .execute(`select data::text from signals.job where data->>'signal' = 'PostSave'`);
    const saved = JSON.parse((rows as { data: string }[])[0]!.data) as { payload: { v: string } };
    const { changes } = JSON.parse(saved.payload.v) as { changes: object };
    expect(changes).toEqual({ id: { to: id }, name: { to: 'gone' } });
    expect(saved.payload.v).not.toContain('"secret":');
  });

  it('may be new when it is sent: its key is known when it is stored', async () => {
    await t.fork().transactional(async em => {
      const order = em.create(Order, { name: 'new' });
      await t.app.get(Measured).send('somebody', { list: [order] }, { em });
    });
    await t.settled();

    const { payload, message } = everything.seen.find(({ message: { receiver } }) => receiver === 'measured')!;
    expect(payload.list).toEqual([expect.objectContaining({ id: 1, name: 'new' })]);
    expect(message.missing).toBe(false);
  });
});
