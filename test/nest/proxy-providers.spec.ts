import { jest } from '@jest/globals';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClsModule, ClsService, InjectableProxy } from 'nestjs-cls';
import { OnSignal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

const signals = SignalsModule.forFeature([OrderPlaced]);

class Receiving {
  readonly placed: string[] = [];

  @OnSignal(OrderPlaced)
  onPlaced({ orderId }: { orderId: string }) {
    this.placed.push(orderId);
  }
}

@InjectableProxy()
class Visitor extends Receiving {}

/** Receives for the visitor. */
@Injectable()
class Doorman {
  constructor(@Inject(Visitor) private readonly visitor: Visitor) {}

  @OnSignal(OrderPlaced)
  onPlaced({ orderId }: { orderId: string }) {
    this.visitor.placed.push(orderId);
  }
}

let warnings: () => unknown[];
beforeEach(() => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  warnings = () => warn.mock.calls.flat();
});
afterEach(() => void jest.restoreAllMocks());

const cls = () => [ClsModule.forRoot(), ClsModule.forFeature(Visitor)];

describe('A class whose provider is a proxy that nestjs-cls makes', () => {
  it('is warned of at start when it has receivers', async () => {
    await using app = await startApp({ imports: [signals, ...cls()] });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(warnings()).toEqual([
      expect.stringMatching(/^NOT_A_RECEIVER: Visitor\.onPlaced is never called: in ClsModule a proxy/),
    ]);
    expect(app.get(SignalRegistry).receivers()).toEqual([]);
  });

  it('is received for by a provider that injects it', async () => {
    @InjectableProxy()
    class Guest {
      readonly placed: string[] = [];
    }
    @Injectable()
    class Porter {
      constructor(@Inject(Guest) private readonly guest: Guest) {}

      @OnSignal(OrderPlaced)
      onPlaced({ orderId }: { orderId: string }) {
        this.guest.placed.push(orderId);
      }
    }
    const imports = [signals, ClsModule.forRoot(), ClsModule.forFeature(Guest)];
    await using app = await startApp({ imports, providers: [Porter] });
    const service = app.get(ClsService);
    const placed = await service.run(async () => {
      await service.proxy.resolve();
      await app.get(OrderPlaced).send(null, { orderId: '1' });
      return [...app.get(Guest).placed];
    });

    expect(placed).toEqual(['1']);
    expect(warnings()).toEqual([]);
  });
});

describe('A proxy that stands for a class with receivers', () => {
  it('is warned of, whatever it stands before', async () => {
    const closed = () => new Proxy({}, { getPrototypeOf: () => null });
    await using app = await startApp({ imports: [signals], providers: [{ provide: Doorman, useFactory: closed }] });

    expect(warnings()).toEqual([expect.stringMatching(/^NOT_A_RECEIVER: Doorman\.onPlaced is never called/)]);
    expect(app.get(OrderPlaced).hasReceivers()).toBe(false);
  });

  it('receives when it shows the class, as one that measures its methods does', async () => {
    const receiving = new Receiving();
    const measured = () => new Proxy(receiving, {});
    await using app = await startApp({ imports: [signals], providers: [{ provide: Receiving, useFactory: measured }] });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(receiving.placed).toEqual(['1']);
    expect(warnings()).toEqual([]);
  });

  it('is nothing to warn of when it is an object without receivers, as tests put in the place of a provider', async () => {
    await using app = await startApp({ imports: [signals], providers: [{ provide: Receiving, useValue: {} }] });

    expect(app.get(OrderPlaced).hasReceivers()).toBe(false);
    expect(warnings()).toEqual([]);
  });
});
