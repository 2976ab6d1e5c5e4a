import { Injectable } from '@nestjs/common';
import { OnSignal, SignalsModule } from 'nestjs-signals';
import { of } from 'rxjs';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

const signals = SignalsModule.forFeature([OrderPlaced]);

describe('Refused at the send', () => {
  it('an Observable without subscribers', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {
        return of('mailed');
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Receipts] });

    await expect(app.get(OrderPlaced).send(null, { orderId: '1' })).rejects.toMatchObject({
      code: 'NOT_A_RECEIVER',
      message: expect.stringMatching(/Receipts\.mail returned an Observable[^]*lastValueFrom/),
    });
  });

  it('a generator that a decorator has hidden', async () => {
    const Hidden: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const original = descriptor.value as () => unknown;
      descriptor.value = () => original();
    };
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      @Hidden
      *mail() {}
    }
    await using app = await startApp({ imports: [signals], providers: [Receipts] });

    await expect(app.get(OrderPlaced).send(null, { orderId: '1' })).rejects.toThrow(/returned a generator/);
  });
});
