import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, Signal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

class OrderCancelled extends Signal<{ orderId: string }> {}
abstract class StockSignal extends Signal<{ sku: string }> {}
class StockLow extends StockSignal {}
class StockOut extends StockSignal {}

const signals = SignalsModule.forFeature([OrderPlaced, OrderCancelled, StockLow, StockOut]);

describe('@OnSignal', () => {
  it('connects a method of a provider, with its dependencies', async () => {
    @Injectable()
    class Outbox {
      readonly mails: string[] = [];
    }
    @Injectable()
    class Receipts {
      constructor(@Inject(Outbox) private readonly outbox: Outbox) {}

      @OnSignal(OrderPlaced)
      mail({ orderId }: PayloadOf<OrderPlaced>, { receiver }: Message) {
        this.outbox.mails.push(`${receiver} ${orderId}`);
        return 'sent';
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Outbox, Receipts] });

    const responses = await app.get(OrderPlaced).send(null, { orderId: '7' });

    expect(responses).toEqual([{ receiver: 'Receipts.mail', status: 'fulfilled', value: 'sent' }]);
    expect(app.get(Outbox).mails).toEqual(['Receipts.mail 7']);
  });

  it('connects a method of a controller', async () => {
    @Controller()
    class Orders {
      readonly recorded: string[] = [];

      @OnSignal(OrderPlaced)
      onPlaced({ orderId }: PayloadOf<OrderPlaced>) {
        this.recorded.push(orderId);
      }
    }
    await using app = await startApp({ imports: [signals], controllers: [Orders] });

    await app.get(OrderPlaced).send(null, { orderId: '7' });

    expect(app.get(Orders).recorded).toEqual(['7']);
  });

  it('connects one method to each signal of a list, and stacks', async () => {
    @Injectable()
    class Log {
      readonly lines: string[] = [];

      @OnSignal([OrderPlaced, OrderCancelled])
      order({ orderId }: { orderId: string }, { signal }: Message) {
        this.lines.push(`${signal.constructor.name} ${orderId}`);
      }

      @OnSignal(OrderPlaced, { sender: 'web' })
      @OnSignal(OrderCancelled, { sender: 'phone' })
      from(_payload: object, { sender }: Message) {
        this.lines.push(`from ${String(sender)}`);
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Log] });

    await app.get(OrderPlaced).send('web', { orderId: '1' });
    await app.get(OrderCancelled).send('web', { orderId: '2' });
    await app.get(OrderCancelled).send('phone', { orderId: '3' });

    expect(app.get(Log).lines).toEqual([
      'OrderPlaced 1',
      'from web',
      'OrderCancelled 2',
      'OrderCancelled 3',
      'from phone',
    ]);
  });

  it('connects a method to every signal that extends an abstract one', async () => {
    @Injectable()
    class Warehouse {
      readonly recorded: string[] = [];

      @OnSignal(StockSignal)
      onStock({ sku }: PayloadOf<StockSignal>, { signal }: Message) {
        this.recorded.push(`${signal.constructor.name} ${sku}`);
      }

      @OnSignal(StockOut)
      onStockOut({ sku }: PayloadOf<StockOut>) {
        this.recorded.push(`out ${sku}`);
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Warehouse] });

    await app.get(StockLow).send(null, { sku: 'a' });
    await app.get(StockOut).send(null, { sku: 'b' });

    expect(app.get(Warehouse).recorded).toEqual(['StockLow a', 'StockOut b', 'out b']);
  });

  it('calls a method through the instance, so that a decorator above it or a replacement is honoured', async () => {
    const loud: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const quiet = descriptor.value as (this: unknown, ...parameters: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...parameters: unknown[]) {
        return `${String(quiet.apply(this, parameters))}!`;
      };
    };
    @Injectable()
    class Greeter {
      @loud
      @OnSignal(OrderPlaced)
      greet() {
        return 'hello';
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Greeter] });

    expect(await app.get(OrderPlaced).send(null, { orderId: '1' })).toMatchObject([{ value: 'hello!' }]);
    app.get(Greeter).greet = () => 'replaced';
    expect(await app.get(OrderPlaced).send(null, { orderId: '1' })).toMatchObject([{ value: 'replaced' }]);
  });

  it('inherits receivers, and lets the nearest class decide', async () => {
    class Base {
      @OnSignal(OrderPlaced)
      inherited() {
        return 'inherited';
      }

      @OnSignal(OrderPlaced)
      silenced() {
        return 'silenced';
      }

      @OnSignal(OrderPlaced)
      replaced() {
        return 'base';
      }
    }
    @Injectable()
    class Derived extends Base {
      override silenced() {
        return 'no receiver any more';
      }

      @OnSignal(OrderPlaced)
      override replaced() {
        return 'derived';
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Derived] });

    const responses = await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(responses).toEqual([
      { receiver: 'Derived.replaced', status: 'fulfilled', value: 'derived' },
      { receiver: 'Derived.inherited', status: 'fulfilled', value: 'inherited' },
    ]);
  });

  it('names a receiver by its class and method unless a uid is given', async () => {
    const symbol = Symbol('mail');
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { uid: 'receipts.print' })
      print() {}

      @OnSignal(OrderPlaced)
      [symbol]() {}
    }
    await using app = await startApp({ imports: [signals], providers: [Receipts] });

    const responses = await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(responses.map(({ receiver }) => receiver)).toEqual(['receipts.print', 'Receipts.Symbol(mail)']);
  });

  it('calls an object once, under however many tokens it stands', async () => {
    @Injectable()
    class Receipts {
      calls = 0;

      @OnSignal(OrderPlaced)
      mail() {
        this.calls++;
      }
    }
    await using app = await startApp({
      imports: [signals],
      providers: [
        Receipts,
        { provide: 'alias', useExisting: Receipts },
        { provide: 'factory', inject: [Receipts], useFactory: (receipts: Receipts) => receipts },
      ],
    });

    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(app.get(Receipts).calls).toBe(1);
  });
});

describe('a signal as a provider', () => {
  it('is one signal, however often it is provided', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {
        return 'mailed';
      }
    }
    @Module({ providers: [OrderPlaced, { provide: 'sender', useExisting: OrderPlaced }], exports: ['sender'] })
    class SenderModule {}
    @Module({ imports: [SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] })
    class ReceiverModule {}
    await using app = await startApp({ imports: [SenderModule, ReceiverModule] });

    expect(await app.get<OrderPlaced>('sender').send(null, { orderId: '1' })).toHaveLength(1);
  });

  it('may be made by a factory', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {
        return 'mailed';
      }
    }
    const made = new OrderPlaced();
    made.connect(() => 'connected before');
    await using app = await startApp({
      providers: [Receipts, { provide: OrderPlaced, useFactory: () => made }],
    });

    const responses = await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(responses).toMatchObject([{ value: 'mailed' }, { value: 'connected before' }]);
  });

  it('belongs to its application: two in one process do not receive from each other', async () => {
    @Injectable()
    class Receipts {
      calls = 0;

      @OnSignal(OrderPlaced)
      mail() {
        this.calls++;
      }
    }
    await using one = await startApp({ imports: [signals], providers: [Receipts] });
    await using other = await startApp({ imports: [signals], providers: [Receipts] });

    await one.get(OrderPlaced).send(null, { orderId: '1' });

    expect([one.get(Receipts).calls, other.get(Receipts).calls]).toEqual([1, 0]);
    expect(one.get(SignalRegistry)).not.toBe(other.get(SignalRegistry));
  });

  it('calls no receiver once the application is closed', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {}
    }
    const app = await startApp({ imports: [signals], providers: [Receipts] });
    const placed = app.get(OrderPlaced);
    await app.close();

    expect(await placed.send(null, { orderId: '1' })).toEqual([]);
  });
});
