import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { OnSignal, Signal } from 'nestjs-signals';
import { ADAPTERS, PageApp } from './page-app.js';

class OrderPlaced extends Signal<{ orderId: number }> {}

class ReceiptMailed extends Signal<{ orderId: number }> {}

@Injectable()
class Receipts {
  constructor(@Inject(ReceiptMailed) private readonly mailed: ReceiptMailed) {}

  @OnSignal(OrderPlaced)
  async mail({ orderId }: { orderId: number }): Promise<void> {
    await this.mailed.send(this, { orderId });
  }

  @OnSignal(OrderPlaced, { when: ({ orderId }) => orderId > 100 })
  count(): void {}

  @OnSignal(ReceiptMailed)
  fail(): void {
    throw new TypeError('the printer is out of paper');
  }
}

@Controller('orders')
class Orders {
  constructor(@Inject(OrderPlaced) private readonly placed: OrderPlaced) {}

  @Get()
  async place(): Promise<string> {
    await this.placed.sendRobust(this, { orderId: 1 });
    return 'placed';
  }
}

const SHOP = { providers: [OrderPlaced, ReceiptMailed, Receipts], controllers: [Orders] };

describe.each(ADAPTERS)('The live page on %s', adapter => {
  it('shows the graph, and a send with its receivers, its skips and the sends below it', async () => {
    await using shop = await PageApp.start({ ...SHOP, adapter });
    const { graph, ...state } = await shop.state();
    expect(graph.signals.map(({ name }) => name)).toEqual(['OrderPlaced', 'ReceiptMailed']);
    expect(state).toMatchObject({ operations: true, payloads: false, recording: true, application: 'RootTestModule' });

    const page = await shop.open();
    await shop.get('/orders');
    const placed = await page.send('OrderPlaced');

    expect(placed).toMatchObject({ sender: 'Orders', failed: true, slow: false, at: expect.any(Number) });
    expect(placed.receivers).toMatchObject([
      {
        receiver: 'Receipts.mail',
        delivery: 'inline',
        state: 'failed',
        error: 'TypeError: the printer is out of paper',
      },
    ]);
    expect(placed.skips).toEqual([{ receiver: 'Receipts.count', because: 'its `when` said no' }]);
    expect(await page.send('ReceiptMailed')).toMatchObject({ causedBy: placed.id, sender: 'Receipts', failed: true });
  });
});
