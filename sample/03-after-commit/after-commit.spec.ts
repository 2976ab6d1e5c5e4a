import { MikroORM } from '@mikro-orm/core';
import { Test } from '@nestjs/testing';
import { fakeReceiver, recordSignals } from 'nestjs-signals/testing';
import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';
import { AppModule } from './app.module.js';
import { OrderPlaced, Orders } from './orders.js';

describe('A receiver after COMMIT', () => {
  it('is called for an order that was paid for, and not for one that was rolled back', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/03-after-commit'));
  });

  it('is called for what is committed, and one after ROLLBACK for what is not', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await app.get(MikroORM).schema.create();
    using sent = recordSignals(app, OrderPlaced);
    using _receipt = fakeReceiver(app, 'Mails.receipt');
    using _regret = fakeReceiver(app, 'Mails.regret');
    const refuse = () => {
      throw new Error('Refused');
    };

    await app.get(Orders).place(2000, () => {});
    await expect(app.get(Orders).place(3000, refuse)).rejects.toThrow('Refused');

    expect(sent.of(OrderPlaced).map(({ receivers }) => receivers)).toEqual([['Mails.receipt'], ['Mails.regret']]);
    await app.close();
  });
});
