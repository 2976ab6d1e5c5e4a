import { defineEntity, p } from '@mikro-orm/core';
import { type Changes, type Message, PostSave, Signal, UserLoggedIn } from 'nestjs-signals';
import {
  expectReceiver,
  expectSent,
  messageOf,
  payloadOf,
  recordSignals,
  type SentSignal,
  signalMatchers,
} from 'nestjs-signals/testing';
import { expect, test } from 'tstyche';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}

class User {
  email = '';
}

class OrderPlaced extends Signal<{ orderId: string; note?: string }> {}

class Receipts {
  readonly count = 0;
  async mail(): Promise<void> {}
}

declare const app: Parameters<typeof expectReceiver>[0];

test('what was recorded of a signal has its payload', () => {
  const sent = recordSignals(app, OrderPlaced, PostSave);

  expect(sent.first(OrderPlaced).payload).type.toBe<{ orderId: string; note?: string }>();
  expect(sent.of(OrderPlaced)).type.toBe<SentSignal<{ orderId: string; note?: string }>[]>();
  expect(sent.first(PostSave).payload.instance).type.toBe<object>();
  expect(sent.first(PostSave, Item).payload.instance).type.toBe<Item>();
  expect(sent.first(PostSave, Item).payload.changes).type.toBe<Changes<Item>>();
  expect(sent.of).type.not.toBeCallableWith(Item);
});

test('a payload is built of its own properties, and knows its entity', () => {
  const item = new Item();

  expect(payloadOf(PostSave, { instance: item }).instance).type.toBe<Item>();
  expect(payloadOf(PostSave, { instance: item }).changes).type.toBe<Changes<Item>>();
  expect(payloadOf(OrderPlaced, { orderId: '1' })).type.toBe<{ orderId: string; note?: string }>();
  expect(payloadOf(UserLoggedIn, { user: new User() }).user).type.toBe<User>();
  expect(payloadOf).type.not.toBeCallableWith(OrderPlaced, { orderId: 1 });
  expect(payloadOf).type.not.toBeCallableWith(OrderPlaced, { order: '1' });
  expect(payloadOf).type.not.toBeCallableWith(PostSave, { instance: item, changes: { name: { to: 1 } } });
  expect(messageOf({ attempt: 2 })).type.toBe<Message>();
  expect(messageOf).type.not.toBeCallableWith({ attempts: 2 });
});

test('expectations name what exists', () => {
  const sent = recordSignals(app);

  expect(expectReceiver).type.toBeCallableWith(app, Receipts, 'mail');
  expect(expectReceiver).type.not.toBeCallableWith(app, Receipts, 'count');
  expect(expectReceiver(app, Receipts, 'mail').toReceive).type.toBeCallableWith(PostSave, { sender: Item });
  expect(expectReceiver(app, Receipts, 'mail').toReceive).type.not.toBeCallableWith(PostSave, { sender: 'Item' });
  expect(expectSent).type.toBeCallableWith(sent, OrderPlaced, { orderId: Symbol('any placeholder') });
  expect(expectSent).type.not.toBeCallableWith(sent, OrderPlaced, { order: '1' });
  expect(signalMatchers.toHaveBeenSent).type.not.toBeCallableWith(app, OrderPlaced);
});
