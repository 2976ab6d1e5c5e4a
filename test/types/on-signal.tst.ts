import { type Opt } from '@mikro-orm/core';
import {
  afterCommit,
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  PostSave,
  PreDelete,
  PreSave,
} from 'nestjs-signals';
import { describe, expect, it } from 'tstyche';
import {
  OrderPlaced,
  OrderCancelled,
  OrderShipped,
  OrderSignal,
  Users,
  UserInvited,
  UserSchema,
  User,
  Order,
} from './users.js';

describe('@OnSignal', () => {
  it('accepts a method that takes the payload, part of it, less, or nothing', () => {
    class Receipts {
      @OnSignal(OrderPlaced)
      whole(_payload: PayloadOf<OrderPlaced>) {}

      @OnSignal(OrderPlaced)
      part({ orderId: _orderId }: { orderId: string }) {}

      @OnSignal(OrderPlaced)
      nothing() {}

      @OnSignal(OrderPlaced)
      async asynchronous(_payload: PayloadOf<OrderPlaced>, { id: _id, sender: _sender }: Message) {}

      @OnSignal(OrderPlaced)
      private hidden(_payload: object, _message?: Message) {}

      use() {
        this.hidden({});
      }
    }
    expect(Receipts).type.toBeConstructableWith();
  });

  it('refuses a method whose parameter does not fit', () => {
    class Receipts {
      // @ts-expect-error Property 'amount' is missing
      @OnSignal(OrderPlaced)
      missing(_payload: { amount: number }) {}

      // @ts-expect-error Type 'string' is not assignable to type 'number'
      @OnSignal(OrderPlaced)
      wrong(_payload: { orderId: number }) {}

      // @ts-expect-error Target signature provides too few arguments
      @OnSignal(OrderPlaced)
      tooMany(_payload: object, _message: Message, _third: string) {}

      // @ts-expect-error Type 'Message' is not assignable to type 'string'
      @OnSignal(OrderPlaced)
      notAMessage(_payload: object, _message: string) {}
    }
    expect(Receipts).type.toBeConstructableWith();
  });

  it('gives a receiver of several signals their union', () => {
    class Orders {
      @OnSignal([OrderPlaced, OrderCancelled])
      both(_payload: PayloadOf<OrderPlaced> | PayloadOf<OrderCancelled>) {}

      @OnSignal([OrderPlaced, OrderCancelled])
      common({ orderId: _orderId }: { orderId: string }) {}

      // @ts-expect-error Property 'total' is missing
      @OnSignal([OrderPlaced, OrderCancelled])
      one(_payload: { total: number }) {}

      @OnSignal(OrderSignal)
      family({ orderId: _orderId }: PayloadOf<OrderSignal>) {}

      @OnSignal(OrderShipped)
      member({ carrier: _carrier }: PayloadOf<OrderShipped>) {}
    }
    expect(Orders).type.toBeConstructableWith();
  });

  it('types the instance of a model signal by its sender', () => {
    class Audit {
      @OnSignal(PostSave, { sender: User })
      user({ instance: _instance, created: _created }: PayloadOf<PostSave, User>) {}

      @OnSignal(PostSave, { sender: UserSchema })
      schema({ instance: _instance }: { instance: { email: string } }) {}

      @OnSignal(PostSave, { sender: [User, Order] })
      several({ instance: _instance }: PayloadOf<PostSave, User | Order>) {}

      @OnSignal(PostSave, { sender: Order })
      anySave({ instance: _instance, changes: _changes }: PayloadOf<PostSave>) {}

      @OnSignal(PreDelete, { sender: [User, Order] })
      anyDelete({ instance: _instance, original: _original }: PayloadOf<PreDelete>) {}

      @OnSignal(PreDelete)
      anything({ instance: _instance }: PayloadOf<PreDelete>) {}

      // @ts-expect-error Type 'SavePayload<User>' is not assignable to type 'SavePayload<Order>'
      @OnSignal(PostSave, { sender: User })
      otherEntity({ instance: _instance }: PayloadOf<PostSave, Order>) {}

      // @ts-expect-error is not assignable to type 'SavePayload<Order>'
      @OnSignal(PostSave, { sender: [User, Order] })
      onlyOne({ instance: _instance }: PayloadOf<PostSave, Order>) {}
    }
    expect(Audit).type.toBeConstructableWith();
  });

  it('has the one property that is asked for in `changes`, where no new row is without it', () => {
    class Ticket {
      id!: number;
      status!: string;
      note?: string;
      priority!: Opt<number>;
    }
    class Audit {
      @OnSignal(PostSave, { sender: Ticket, fields: ['status'] })
      one({ changes: _changes }: PayloadOf<PostSave, Ticket, 'status'>) {}

      @OnSignal(PostSave, { sender: Ticket, fields: ['status'] })
      asWithoutFields({ changes: _changes }: PayloadOf<PostSave, Ticket>) {}

      @OnSignal(PostSave, { sender: Ticket, fields: ['status'], batch: true })
      batch(_payloads: readonly PayloadOf<PostSave, Ticket, 'status'>[]) {}

      // @ts-expect-error undefined
      @OnSignal(PostSave, { sender: Ticket, fields: ['status', 'note'] })
      several({ changes: _changes }: PayloadOf<PostSave, Ticket, 'status'>) {}

      // @ts-expect-error undefined
      @OnSignal(PostSave, { sender: Ticket })
      any({ changes: _changes }: PayloadOf<PostSave, Ticket, 'status'>) {}
    }
    expect(Audit).type.toBeConstructableWith();
    const [postSave, sender] = [new PostSave(), Ticket];
    postSave.connect(({ changes }) => expect(changes.status.to).type.toBe<string>(), { sender, fields: ['status'] });
    postSave.connect(({ changes }) => expect(changes.status.from).type.toBe<string | undefined>(), {
      sender,
      fields: ['status'],
    });
    // @ts-expect-error 'changes.note' is possibly 'undefined'
    postSave.connect(({ changes }) => changes.note.to, { sender, fields: ['note'] });
    // @ts-expect-error 'changes.priority' is possibly 'undefined'
    postSave.connect(({ changes }) => changes.priority.to, { sender, fields: ['priority'] });
    // @ts-expect-error 'changes.id' is possibly 'undefined'
    postSave.connect(({ changes }) => changes.id.to, { sender, fields: ['id'] });
    // @ts-expect-error 'changes.status' is possibly 'undefined'
    postSave.connect(({ changes }) => changes.status.to, { sender, fields: ['status', 'note'] });
  });

  it('checks the fields against the entity', () => {
    class Audit {
      @OnSignal(PostSave, { sender: User, fields: ['email'] })
      known() {}

      // @ts-expect-error Type '"emial"' is not assignable
      @OnSignal(PostSave, { sender: User, fields: ['emial'] })
      unknown() {}

      // @ts-expect-error is not assignable to type 'never'
      @OnSignal(OrderPlaced, { fields: ['orderId'] })
      noFields() {}
    }
    expect(Audit).type.toBeConstructableWith();
  });

  it('checks the sender against the signal', () => {
    class Invitations {
      @OnSignal(UserInvited, { sender: Users })
      byClass() {}

      @OnSignal(UserInvited, { sender: new Users() })
      byInstance() {}

      // @ts-expect-error Type 'typeof Order' is not assignable
      @OnSignal(UserInvited, { sender: Order })
      byOther() {}

      // @ts-expect-error Object literal may only specify known properties
      @OnSignal(UserInvited, { sendr: Users })
      typo() {}

      // @ts-expect-error Type 'string' is not assignable
      @OnSignal(PreSave, { sender: 'User' })
      name() {}
    }
    expect(Invitations).type.toBeConstructableWith();
  });
});

describe('a mistake', () => {
  it('is found by the compiler: durable without parentheses, and what only looks like a delivery', () => {
    class Receipts {
      // @ts-expect-error Type '{ <Payload = never>
      @OnSignal(OrderPlaced, { uid: 'receipts.mail', delivery: durable })
      function() {}

      // @ts-expect-error Property '[DELIVERY]' is missing
      @OnSignal(OrderPlaced, { delivery: { name: 'inline' } })
      object() {}

      // @ts-expect-error is not assignable
      @OnSignal(OrderPlaced, { delivery: 'inline' })
      string() {}

      @OnSignal(OrderPlaced, { uid: 'receipts.call', delivery: durable() })
      call() {}

      @OnSignal(OrderPlaced, { delivery: afterCommit })
      value() {}

      @OnSignal(OrderPlaced, { delivery: afterCommit({ detached: true }) })
      made() {}
    }
    expect(Receipts).type.toBeConstructableWith();
  });

  it('is found by the compiler: a static method, or a property that holds a function', () => {
    class Receipts {
      // @ts-expect-error '"@OnSignal decorates methods of instances, and this one is static"'
      @OnSignal(OrderPlaced)
      static mail() {}

      // @ts-expect-error Unable to resolve signature of property decorator
      @OnSignal(OrderPlaced)
      print = () => {};
    }
    expect(Receipts).type.toBeConstructableWith();
  });
});

describe('PayloadOf', () => {
  it('is the payload of the signal', () => {
    expect<PayloadOf<OrderPlaced>>().type.toBe<{ orderId: string; total: number }>();
  });

  it('is typed by the entity for a model signal', () => {
    expect<PayloadOf<PostSave, User>['instance']>().type.toBe<User>();
    expect<PayloadOf<PostSave, User | Order>['instance']>().type.toBe<User | Order>();
    expect<PayloadOf<PostSave>['instance']>().type.toBe<object>();
    expect<PayloadOf<PostSave, User>['created']>().type.toBe<boolean>();
    expect<NonNullable<PayloadOf<PostSave, User>['changes']['email']>['to']>().type.toBe<string>();
    expect<NonNullable<PayloadOf<PostSave, User>['changes']['email']>['from']>().type.toBe<string | undefined>();
    expect<PayloadOf<PostSave, User>['updateFields']>().type.toBe<readonly ('id' | 'email')[] | null>();
  });
});
