import { inspect } from 'node:util';
import { defineEntity, p } from '@mikro-orm/core';
import { PostSave } from 'nestjs-signals';
import { expectSent, messageOf, payloadOf, recordSignals } from 'nestjs-signals/testing';
import { OrderPlaced, Orders, Receipts } from './shop.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const notGiven = (message: RegExp) =>
  expect.objectContaining({ code: 'NOT_GIVEN', message: expect.stringMatching(message) });

describe('payloadOf', () => {
  it('is a payload with as much in it as a receiver needs', () => {
    const chair = Object.assign(new Item(), { id: 1, name: 'chair' });

    const { instance, changes } = payloadOf(PostSave, { instance: chair, changes: { name: { to: 'chair' } } });

    expect(instance).toBe(chair);
    expect(changes.name?.to).toBe('chair');
  });

  it('names what is read and was left out', () => {
    const payload = payloadOf(PostSave, { created: true, schema: undefined });

    expect(payload.created).toBe(true);
    expect(payload.schema).toBeUndefined();
    expect(() => payload.changes).toThrow(
      notGiven(
        /^The receiver reads `changes`, which this payload of PostSave was not given\.\n.*payloadOf\(PostSave, /,
      ),
    );
  });

  it('can be awaited, compared and printed like any payload', async () => {
    const payload = payloadOf(OrderPlaced, { orderId: '1' });

    expect(await Promise.resolve(payload)).toEqual({ orderId: '1' });
    expect(payload).toMatchObject({ orderId: '1' });
    expect(JSON.stringify(payload)).toBe('{"orderId":"1"}');
    expect(inspect(payload)).toBe("{ orderId: '1' }");
    expect(Object.keys(payload)).toEqual(['orderId']);
    expect(() => expect(payload).toEqual({ orderId: '2' })).toThrow(/"orderId": "2"/);
  });
});

describe('What was given', () => {
  it('can be cloned, spread and sent like any plain object', async () => {
    const payload = payloadOf(OrderPlaced, { orderId: '1', total: 2 });

    expect(structuredClone(payload)).toStrictEqual({ orderId: '1', total: 2 });
    expect(structuredClone(messageOf({ receiver: 'hand', context: { actor: 'ann' } }))).toStrictEqual({
      receiver: 'hand',
      context: { actor: 'ann' },
    });
    expect({ ...payload }).toStrictEqual({ orderId: '1', total: 2 });
    expect('total' in payload).toBe(true);
    expect('toString' in payload).toBe(true);
    expect('missing' in payload).toBe(false);
    expect(payload).toStrictEqual({ orderId: '1', total: 2 });
  });

  it('is a copy that may be changed', () => {
    const given = { orderId: '1', total: 2 };
    const payload = payloadOf(OrderPlaced, given);

    payload.total = 3;

    expect(payload.total).toBe(3);
    expect(given.total).toBe(2);
  });

  it('may be expected of what was sent', async () => {
    const orderPlaced = new OrderPlaced();
    using sent = recordSignals(orderPlaced);

    await orderPlaced.send(null, payloadOf(OrderPlaced, { orderId: '1', total: 2 }));

    expectSent(sent, OrderPlaced, payloadOf(OrderPlaced, { orderId: '1' }));
    expect(() => expectSent(sent, OrderPlaced, payloadOf(OrderPlaced, { orderId: '2' }))).toThrow(/was not sent with/);
  });
});

describe('messageOf', () => {
  it('is a message with as much in it as a receiver needs, and names what was left out', () => {
    const message = messageOf({ sender: Orders, receiver: 'by hand' });

    expect(message.sender).toBe(Orders);
    expect(() => message.em).toThrow(notGiven(/^The receiver reads `em`, which this message was not given\./));
    expect(() => messageOf().attempt).toThrow(notGiven(/`attempt`/));
  });

  it('lets a receiver be called by hand, without a module', () => {
    const receipts = new Receipts();

    receipts.mail(payloadOf(OrderPlaced, { orderId: '1', total: 2 }), messageOf({ receiver: 'hand' }));

    expect(receipts.mailed).toEqual(['1 by hand']);
  });
});

describe('A signal that was made with `new`', () => {
  it('sends without receivers, and to those that are connected', async () => {
    const orderPlaced = new OrderPlaced();
    const orders = new Orders(orderPlaced);
    const recorded: string[] = [];
    await orders.place('1');

    orderPlaced.connect(({ orderId }) => recorded.push(orderId));
    await orders.place('2');

    expect(recorded).toEqual(['2']);
  });
});
