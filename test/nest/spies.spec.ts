import { Injectable, type ModuleMetadata, Scope } from '@nestjs/common';
import { jest } from '@jest/globals';
import { spyOn } from '@vitest/spy';
import { type Message, OnSignal, type PayloadOf, SignalsModule } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

const payload = { orderId: '7' };

/** Wraps a method as decorators of other packages do. */
function wrapped(_target: object, _key: string | symbol, descriptor: PropertyDescriptor): void {
  const original = descriptor.value as (...given: unknown[]) => unknown;
  descriptor.value = function (this: unknown, ...given: unknown[]) {
    return original.apply(this, given);
  };
}

@Injectable()
class Receipts {
  readonly ids: string[] = [];

  @OnSignal(OrderPlaced)
  mail(_payload: PayloadOf<OrderPlaced>) {
    return 'mailed';
  }

  @OnSignal(OrderPlaced)
  file(_payload: PayloadOf<OrderPlaced>, { id }: Message) {
    this.ids.push(id);
  }

  @OnSignal(OrderPlaced)
  @wrapped
  stamp(_payload: PayloadOf<OrderPlaced>, { id }: Message) {
    this.ids.push(id);
  }

  @wrapped
  @OnSignal(OrderPlaced)
  print(_payload: PayloadOf<OrderPlaced>, { id }: Message) {
    this.ids.push(id);
  }

  @OnSignal(OrderPlaced)
  count(_payload: PayloadOf<OrderPlaced>, { id }: Partial<Message> = {}) {
    this.ids.push(id!);
  }

  @OnSignal(OrderPlaced)
  sum(_payload: PayloadOf<OrderPlaced>, ...[{ id }]: [Message]) {
    this.ids.push(id);
  }
}

const order: ModuleMetadata = { imports: [SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] };

describe('A spy on a receiver', () => {
  afterEach(() => jest.restoreAllMocks());

  it('sees the payload alone where the receiver takes nothing else', async () => {
    await using app = await startApp(order);
    const mail = jest.spyOn(app.get(Receipts), 'mail');

    const responses = await app.get(OrderPlaced).send(null, payload);

    expect(mail.mock.calls).toEqual([[payload]]);
    expect(responses[0]).toEqual({ receiver: 'Receipts.mail', status: 'fulfilled', value: 'mailed' });
  });

  it('sees the payload alone when it is one of Vitest', async () => {
    await using app = await startApp(order);
    const mail = spyOn(app.get(Receipts), 'mail');

    await app.get(OrderPlaced).send(null, payload);

    expect(mail.mock.calls).toEqual([[payload]]);
  });

  it('sees the message where the receiver takes one, and goes on to the receiver', async () => {
    await using app = await startApp(order);
    const file = jest.spyOn(app.get(Receipts), 'file');

    await app.get(OrderPlaced).send(null, payload);

    expect(file).toHaveBeenCalledWith(payload, expect.objectContaining({ receiver: 'Receipts.file' }));
    expect(new Set(app.get(Receipts).ids).size).toBe(1);
  });

  it('may be put on the class before the application is made', async () => {
    const mail = jest.spyOn(Receipts.prototype, 'mail');
    const file = jest.spyOn(Receipts.prototype, 'file');
    await using app = await startApp(order);

    await app.get(OrderPlaced).send(null, payload);

    expect(mail.mock.calls).toEqual([[payload]]);
    expect(file).toHaveBeenCalledWith(payload, expect.objectContaining({ receiver: 'Receipts.file' }));
  });

  it('sees so on a request-scoped receiver, too', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnSignal(OrderPlaced)
      mail(_payload: PayloadOf<OrderPlaced>) {}
    }
    const mail = jest.spyOn(Scoped.prototype, 'mail');
    await using app = await startApp({ ...order, providers: [Scoped] });

    await app.get(OrderPlaced).send(null, payload);

    expect(mail.mock.calls).toEqual([[payload]]);
  });
});

describe('The message', () => {
  it('reaches a wrapper below and above @OnSignal, a default and a rest parameter', async () => {
    await using app = await startApp(order);

    await app.get(OrderPlaced).send(null, payload);

    const { ids } = app.get(Receipts);
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(1);
  });

  it('makes no asynchronous method synchronous when a spy stands on its class', async () => {
    @Injectable()
    class Late {
      @OnSignal(OrderPlaced)
      async mail(_payload: PayloadOf<OrderPlaced>) {}
    }
    const mail = jest.spyOn(Late.prototype, 'mail');
    await using app = await startApp({ ...order, providers: [Late] });

    expect(() => app.get(OrderPlaced).sendSync(null, payload)).toThrow(
      expect.objectContaining({ code: 'RECEIVER_IS_ASYNC' }),
    );
    expect(mail).not.toHaveBeenCalled();
  });
});
