import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Signal, SignalsModule } from 'nestjs-signals';
import { recordSignals } from 'nestjs-signals/testing';
import { compileApp, startApp } from '../support/app.js';
import { OrderPlaced, Orders, Receipts, shop, ShopSignal, Stock, StockLow, Unprovided } from './shop.js';

describe('recordSignals', () => {
  it('keeps what was sent, with its sender, its receivers and their responses, in order', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app, OrderPlaced, StockLow);

    await app.get(Orders).place('last');

    expect(sent.all.map(({ signal }) => signal)).toEqual([OrderPlaced, StockLow]);
    expect(sent.first(OrderPlaced)).toEqual({
      id: expect.any(String),
      signal: OrderPlaced,
      sender: app.get(Orders),
      payload: { orderId: 'last', total: 30 },
      receivers: ['Stock.take', 'receipts.mail'],
      responses: [
        { receiver: 'Stock.take', status: 'fulfilled', value: undefined },
        { receiver: 'receipts.mail', status: 'fulfilled', value: 'receipt last' },
      ],
      skipped: [],
    });
    expect(sent.first(StockLow)).toMatchObject({
      sender: app.get(Stock),
      receivers: [],
      causedBy: sent.first(OrderPlaced).id,
    });
  });

  it('keeps what was sent synchronously just the same', async () => {
    await using app = await startApp({ providers: [OrderPlaced, Receipts] });
    using sent = recordSignals(app, OrderPlaced);

    app.get(OrderPlaced).sendSync(Orders, { orderId: '1', total: 2 });

    expect(sent.first(OrderPlaced)).toMatchObject({
      receivers: ['receipts.mail'],
      responses: [{ receiver: 'receipts.mail', status: 'fulfilled', value: 'receipt 1' }],
    });
  });

  it('reports what failed, and which receivers were skipped and why', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app, OrderPlaced);

    await expect(app.get(Orders).place('dear', 1001)).rejects.toThrow('too dear');
    await app.get(Orders).place('free', 0);

    const [dear, free] = sent.of(OrderPlaced);
    expect(dear).toMatchObject({ error: new Error('too dear'), receivers: ['Stock.take', 'receipts.mail'] });
    expect(dear!.responses.at(-1)).toEqual({
      receiver: 'receipts.mail',
      status: 'rejected',
      reason: new Error('too dear'),
    });
    expect(free).toMatchObject({
      receivers: ['Stock.take'],
      skipped: [{ receiver: 'receipts.mail', because: 'its `when` said no' }],
    });
    expect(free).not.toHaveProperty('error');
  });

  it('shows the failures of a robust send by receiver', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValueOnce();
    await using app = await startApp({ providers: [OrderPlaced] });
    app.get(OrderPlaced).connect(
      async () => {
        throw new Error('no mail');
      },
      { uid: 'mail' },
    );
    using sent = recordSignals(app, OrderPlaced);

    await app.get(OrderPlaced).sendRobust(null, { orderId: '1', total: 1 });

    expect(sent.first(OrderPlaced).responses).toEqual([
      { receiver: 'mail', status: 'rejected', reason: new Error('no mail') },
    ]);
    expect(sent.first(OrderPlaced)).not.toHaveProperty('error');
  });

  it('records every signal when none is named, and with an abstract one those that extend it', async () => {
    class Other extends Signal {}
    await using app = await startApp({ ...shop, providers: [...shop.providers, Other] });
    using all = recordSignals(app);
    using ofShop = recordSignals(app, ShopSignal);

    await app.get(Orders).place('last');
    await app.get(Other).send(null);

    expect(all.all.map(({ signal }) => signal)).toEqual([OrderPlaced, StockLow, Other]);
    expect(ofShop.of(ShopSignal).map(({ signal }) => signal)).toEqual([OrderPlaced, StockLow]);
    expect(ofShop.of(StockLow)).toHaveLength(1);
  });

  it('finds what one sender has sent', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app, OrderPlaced);

    await app.get(Orders).place('by orders');
    await app.get(OrderPlaced).send('cron', { orderId: 'by cron', total: 1 });

    expect(sent.of(OrderPlaced, Orders).map(({ payload }) => payload.orderId)).toEqual(['by orders']);
    expect(sent.first(OrderPlaced, 'cron').payload.orderId).toBe('by cron');
    expect(() => sent.first(OrderPlaced, Stock)).toThrow(/OrderPlaced was not sent by Stock/);
  });

  it('forgets on `clear()`, and stops at the end of its block or on `end()`', async () => {
    await using app = await startApp(shop);
    const sent = recordSignals(app, OrderPlaced);
    {
      using _ = sent;
      await app.get(Orders).place('1');
      sent.clear();
      await app.get(Orders).place('2');
    }
    await app.get(Orders).place('3');
    sent.end();

    expect(sent.of(OrderPlaced).map(({ payload }) => payload.orderId)).toEqual(['2']);
  });

  it('records one application, and not another of the same file', async () => {
    await using one = await startApp(shop);
    await using other = await startApp(shop);
    using sent = recordSignals(one, OrderPlaced);

    await other.get(Orders).place('other');
    await one.get(Orders).place('one');

    expect(sent.of(OrderPlaced).map(({ payload }) => payload.orderId)).toEqual(['one']);
  });

  it('works in a module that is compiled and not initialised', async () => {
    await using app = await compileApp({ imports: [SignalsModule.forRoot()], ...shop });
    using sent = recordSignals(app, OrderPlaced);

    await app.get(Orders).place('early');

    expect(sent.first(OrderPlaced).receivers).toEqual(['Stock.take', 'receipts.mail']);
  });

  it('records a signal that was made with `new`', async () => {
    const orderPlaced = new OrderPlaced();
    using sent = recordSignals(orderPlaced);

    await new Orders(orderPlaced).place('1');

    expect(sent.first(OrderPlaced)).toMatchObject({ payload: { orderId: '1', total: 30 }, receivers: [] });
  });

  it('shows what was sent instead of what is asked for', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app);

    expect(() => sent.first(StockLow)).toThrow('StockLow was not sent. Nothing was.');
    await app.get(Orders).place('1');

    expect(() => sent.first(StockLow)).toThrow(
      expect.objectContaining({
        code: 'EXPECTATION_FAILED',
        message: expect.stringContaining(
          [
            'StockLow was not sent. What was sent instead:',
            "    1. OrderPlaced by an instance of Orders: { orderId: '1', total: 30 }",
            '  at:  sent.first(StockLow)',
            '  fix: send it, or ask for what was sent.',
          ].join('\n'),
        ),
      }),
    );
  });

  it('refuses a signal that no module knows, or that it does not record', async () => {
    await using app = await startApp(shop);
    using sent = recordSignals(app, OrderPlaced);

    expect(() => recordSignals(app, Unprovided)).toThrow(expect.objectContaining({ code: 'SIGNAL_UNKNOWN' }));
    expect(() => sent.of(StockLow)).toThrow(expect.objectContaining({ code: 'SIGNAL_UNKNOWN' }));
  });

  it('ends with the application', async () => {
    const app = await startApp(shop);
    const orderPlaced = app.get(OrderPlaced);
    const sent = recordSignals(app, OrderPlaced);
    await app.close();

    await orderPlaced.send(null, { orderId: 'late', total: 1 });

    expect(sent.all).toEqual([]);
    expect(() => recordSignals(app)).toThrow(expect.objectContaining({ code: 'APPLICATION_CLOSED' }));
  });

  it('refuses what is no application with signals', async () => {
    await using bare = await compileApp({});

    const refused = expect.objectContaining({ code: 'MODULE_NOT_IMPORTED' });
    expect(() => recordSignals(bare)).toThrow(refused);
    expect(() => recordSignals(Promise.resolve(bare) as never)).toThrow(refused);
  });
});
