import { Injectable } from '@nestjs/common';
import { inline, OnSignal } from 'nestjs-signals';
import { expectNotSent, expectReceiver, expectSent, recordSignals, signalMatchers } from 'nestjs-signals/testing';
import type { SignalMatchers } from 'nestjs-signals/testing';
import { startApp } from '../support/app.js';
import { OrderPlaced, Orders, Receipts, shop, Stock, StockLow, Unprovided } from './shop.js';

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Jest's matchers are extended so
  namespace jest {
    interface Matchers<R> extends SignalMatchers<R> {}
  }
}

expect.extend(signalMatchers);

const failed = (message: RegExp | string) =>
  expect.objectContaining({ code: 'EXPECTATION_FAILED', message: expect.stringMatching(message) });

describe('expectReceiver', () => {
  it('accepts what a method is connected to, and refuses what it is not, without sending anything', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app);

    expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced);
    expectReceiver(app, Receipts, 'mail').not.toReceive(StockLow);

    expect(sent.all).toEqual([]);
    expect(() => expectReceiver(app, Stock, 'take').toReceive(StockLow)).toThrow(
      failed(/^Stock\.take does not receive StockLow\. No method does\./),
    );
    expect(() => expectReceiver(app, Stock, 'take').not.toReceive(OrderPlaced)).toThrow(
      failed(/^Stock\.take receives OrderPlaced\./),
    );
  });

  it('compares the options that are given', async () => {
    @Injectable()
    class Ordered {
      @OnSignal(OrderPlaced, { before: 'receipts.mail', once: true, timeoutMs: 500 })
      first() {}
    }
    await using app = await startApp({ ...shop, providers: [...shop.providers, Ordered] });
    const mail = expectReceiver(app, Receipts, 'mail');

    mail.toReceive(OrderPlaced, { uid: 'receipts.mail', delivery: inline, sender: Orders });
    mail.toReceive(OrderPlaced, { delivery: 'inline', includeSubclasses: false, once: false });
    expectReceiver(app, Ordered, 'first').toReceive(OrderPlaced, {
      before: ['receipts.mail'],
      once: true,
      timeoutMs: 500,
    });
    for (const wiring of [
      { uid: 'mail' },
      { delivery: 'durable' },
      { sender: Stock },
      { once: true },
      { timeoutMs: 1 },
      { after: 'Stock.take' },
      { includeSubclasses: true },
    ]) {
      mail.not.toReceive(OrderPlaced, wiring);
      expect(() => mail.toReceive(OrderPlaced, wiring)).toThrow(failed('does not receive OrderPlaced so'));
    }
  });

  it('shows how who receives is connected', async () => {
    await using app = await startApp(shop);

    expect(() => expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced, { delivery: 'durable' })).toThrow(
      [
        'Receipts.mail does not receive OrderPlaced so. These do:',
        "    1. @OnSignal(OrderPlaced) on Stock.take: uid 'Stock.take', delivery 'inline', every sender",
        "    2. @OnSignal(OrderPlaced) on Receipts.mail: uid 'receipts.mail', delivery 'inline', sender Orders",
        "  at:  expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced)",
      ].join('\n'),
    );
  });

  it('distinguishes two classes of one name, and knows an inherited method by its base class', async () => {
    const other = { Receipts: class extends Stock {} }.Receipts;
    @Injectable()
    class MoreReceipts extends Receipts {}
    await using app = await startApp({ providers: [OrderPlaced, MoreReceipts] });

    expectReceiver(app, MoreReceipts, 'mail').toReceive(OrderPlaced);
    expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced);
    expectReceiver(app, other, 'take').not.toReceive(OrderPlaced);
  });

  it('refuses a signal that no module knows', async () => {
    await using app = await startApp(shop);

    expect(() => expectReceiver(app, Receipts, 'mail').toReceive(Unprovided)).toThrow(
      expect.objectContaining({ code: 'SIGNAL_UNKNOWN' }),
    );
  });
});

describe('expectSent and expectNotSent', () => {
  it('look at the signal, and at as much of the payload as is given', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app);
    await app.get(Orders).place('1');

    expectSent(sent, OrderPlaced);
    expectSent(sent, OrderPlaced, { orderId: '1' });
    expectSent(sent, OrderPlaced, { orderId: expect.any(String), total: 30 });
    expectNotSent(sent, OrderPlaced, { orderId: '2' });
    expectNotSent(sent, StockLow);
    expect(() => expectNotSent(sent, OrderPlaced)).toThrow(failed(/^OrderPlaced was sent:/));
    expect(() => expectSent(sent, OrderPlaced, { total: 3 })).toThrow(
      failed(
        /^OrderPlaced was not sent with \{ total: 3 \}\. It was sent:\n {4}1\. OrderPlaced by an instance of Orders/,
      ),
    );
  });

  it('compare what is nested as far as it is given, lists and other objects as a whole', async () => {
    await using app = await startApp({ providers: [OrderPlaced] });
    using sent = recordSignals(app);
    const total = { at: new Date(0), lines: [{ product: 'chair', amount: 1 }], by: new Map([['a', 1n]]) };
    await app.get(OrderPlaced).send(null, { orderId: '1', total } as never);

    expectSent(sent, OrderPlaced, { total: { at: new Date(0), lines: [{ product: 'chair' }] } });
    expectSent(sent, OrderPlaced, { total: { by: new Map([['a', 1n]]) } });
    expectNotSent(sent, OrderPlaced, { total: { at: new Date(1) } });
    expectNotSent(sent, OrderPlaced, { total: { lines: [] } });
    expectNotSent(sent, OrderPlaced, { orderId: { length: 2 } });
    expectNotSent(sent, OrderPlaced, { total: { at: { none: null } } });
  });
});

describe('The matchers', () => {
  it('read as sentences, and as their opposites', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app);
    await app.get(Orders).place('1');

    expect(sent).toHaveBeenSent(OrderPlaced);
    expect(sent).not.toHaveBeenSent(StockLow);
    expect(sent).toHaveBeenSentWith(OrderPlaced, { orderId: '1' });
    expect(sent).not.toHaveBeenSentWith(OrderPlaced, { orderId: '2' });
    expect(app).toHaveReceiver(OrderPlaced);
    expect(app).toHaveReceiver(OrderPlaced, 'receipts.mail');
    expect(app).not.toHaveReceiver(StockLow);
    expect(app).not.toHaveReceiver(StockLow, 'receipts.mail');
  });

  it('show what was sent instead, and who receives', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app);
    await app.get(Orders).place('1');

    expect(() => expect(sent).toHaveBeenSent(StockLow)).toThrow(
      "StockLow was not sent. What was sent instead:\n    1. OrderPlaced by an instance of Orders: { orderId: '1', total: 30 }",
    );
    expect(() => expect(sent).not.toHaveBeenSent(OrderPlaced)).toThrow(/^OrderPlaced was sent:\n/);
    expect(() => expect(sent).toHaveBeenSentWith(StockLow, { product: 'chair' })).toThrow(/^StockLow was not sent\./);
    expect(() => expect(sent).not.toHaveBeenSentWith(OrderPlaced, { total: 30 })).toThrow(
      /^OrderPlaced was sent with \{ total: 30 \}\. It was sent:/,
    );
    expect(() => expect(app).toHaveReceiver(StockLow)).toThrow(/^No method receives StockLow\.$/);
    expect(() => expect(app).toHaveReceiver(OrderPlaced, 'mail')).toThrow(
      /^'mail' does not receive OrderPlaced\. These do:\n/,
    );
    expect(() => expect(app).not.toHaveReceiver(OrderPlaced)).toThrow(/^A method receives OrderPlaced\./);
  });

  it('need no test runner to be called', async () => {
    await using app = await startApp(shop);
    const result = signalMatchers.toHaveReceiver(app, OrderPlaced, 'receipts.mail');

    expect(result.pass).toBe(true);
    expect(result.message()).toMatch(/^'receipts\.mail' receives OrderPlaced\./);
  });
});
