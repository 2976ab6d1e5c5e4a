import { type Message, OnSignal, type PayloadOf, PostSave, PreSave } from 'nestjs-signals';
import { describe, expect, it } from 'tstyche';
import { OrderPlaced, Ping, Users, UserInvited, User, Order } from './users.js';

describe('a signal', () => {
  it('is sent with its payload, which may be left out where nothing in it is required', () => {
    expect(new OrderPlaced().send).type.toBeCallableWith({}, { orderId: '1', total: 2 });
    expect(new OrderPlaced().send).type.not.toBeCallableWith({});
    expect(new OrderPlaced().send).type.not.toBeCallableWith({}, { orderId: '1' });
    expect(new Ping().send).type.toBeCallableWith({});
    expect(new Ping().send).type.toBeCallableWith({}, {}, { em: undefined });
  });

  it('is sent by its sender only', () => {
    expect(new UserInvited().send).type.toBeCallableWith(new Users(), { email: 'a@b' });
    expect(new UserInvited().send).type.not.toBeCallableWith(new Order(), { email: 'a@b' });
  });

  it('infers the payload of a receiver that is connected by hand', () => {
    new OrderPlaced().connect(({ total }) => expect(total).type.toBe<number>());
    new PostSave().connect(({ instance }) => expect(instance).type.toBe<User>(), { sender: User });
    new PostSave().connect(({ instance }) => expect(instance).type.toBe<object>());
    // @ts-expect-error Property 'totl' does not exist
    new OrderPlaced().connect(({ totl }) => totl as unknown);
  });
});

describe('batch', () => {
  it('gives a receiver an array of payloads', () => {
    class Search {
      @OnSignal(PostSave, { sender: User, batch: true })
      index(_payloads: readonly PayloadOf<PostSave, User>[]) {}

      @OnSignal([PreSave, PostSave], { sender: User, fields: ['email'], batch: true })
      both(_payloads: readonly PayloadOf<PreSave, User>[], _message: Message) {}

      // @ts-expect-error is missing the following properties from type 'SavePayload<User>'
      @OnSignal(PostSave, { sender: User, batch: true })
      one(_payload: PayloadOf<PostSave, User>) {}

      // @ts-expect-error is missing the following properties from type 'readonly
      @OnSignal(PostSave, { sender: User })
      many(_payloads: readonly PayloadOf<PostSave, User>[]) {}
    }
    expect(Search).type.toBeConstructableWith();
    new PostSave().connect(payloads => expect(payloads[0]!.instance).type.toBe<User>(), { sender: User, batch: true });
  });
});
