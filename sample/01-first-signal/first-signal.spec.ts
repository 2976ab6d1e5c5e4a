import { Test } from '@nestjs/testing';
import { expectReceiver, fakeReceiver, recordSignals } from 'nestjs-signals/testing';
import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';
import { AppModule, OrderPlaced, Receipts } from './receipts.js';

describe('The first signal', () => {
  it('calls a receiver that its sender does not know, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/01-first-signal'));
  });

  it('is sent by a provider that injects it, and received by a method that says so', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    using sent = recordSignals(app, OrderPlaced);
    using _ = fakeReceiver(app, 'Receipts.mail');

    await app.get(OrderPlaced).send('the shop', { orderId: 1, total: 30 });

    expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced);
    expect(sent.first(OrderPlaced)).toMatchObject({ sender: 'the shop', receivers: ['Receipts.mail'] });
    await app.close();
  });
});
