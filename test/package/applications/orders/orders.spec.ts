import { Test } from '@nestjs/testing';
import { AppModule } from './app.module.js';
import { Log } from './log.js';
import { OrdersService } from './orders.service.js';

describe('The orders', () => {
  it('are placed and cancelled, and everybody does their part', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app.useLogger(false);
    await app.init();
    const orders = app.get(OrdersService, { strict: false });

    await orders.place(1, 200);
    orders.cancel(1);
    await new Promise(resolve => setImmediate(resolve));

    expect([...app.get(Log, { strict: false }).lines].sort()).toEqual([
      'asked 1',
      'audit',
      'cleared',
      'only 1 left',
      'place 1',
      'receipt for 1',
      'regret 1: too late',
      'take 1',
    ]);
    await app.close();
  });
});
