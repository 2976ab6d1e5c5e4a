import { jest } from '@jest/globals';
import { MikroORM } from '@mikro-orm/core';
import { Test } from '@nestjs/testing';
import { settled } from 'nestjs-signals/testing';
import { createTestDatabase } from '../../test/support/database.js';
import { AppModule } from './app.module.js';
import { Order, Receipt } from './entities.js';

jest.setTimeout(60_000);

describe('A durable receiver', () => {
  it('writes its receipt in another process, when the one that took the order has ended', async () => {
    const print = jest.spyOn(console, 'log').mockReturnValue();
    const database = await createTestDatabase();
    const start = async (work: boolean) =>
      (await Test.createTestingModule({ imports: [AppModule.on(database.url, work)] }).compile()).init();
    try {
      const shop = await start(false);
      await shop.get(MikroORM).schema.update({ safe: true });
      const em = shop.get(MikroORM).em.fork();
      em.create(Order, { total: 30 });
      await em.flush();
      await shop.close();
      expect(print).not.toHaveBeenCalled();

      const worker = await start(true);
      const receipts = worker.get(MikroORM).em.fork();
      await settled(worker, { timeoutMs: 30_000 });
      expect(await receipts.count(Receipt)).toBe(1);
      await worker.close();
      expect(print.mock.calls).toEqual([['A receipt for order 1, attempt 1']]);
    } finally {
      await database.drop();
    }
  });
});
