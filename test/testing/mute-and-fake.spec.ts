import { jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SignalRegistry, SignalsModule } from 'nestjs-signals';
import { fakeReceiver, muteSignals, onlyReceivers, recordSignals } from 'nestjs-signals/testing';
import { startApp } from '../support/app.js';
import { OrderPlaced, Orders, Receipts, shop, ShopSignal, StockLow, Unprovided } from './shop.js';

/** The uids that an order calls, placed by hand. */
async function calledBy(app: { get(type: typeof Orders): Orders }): Promise<readonly string[]> {
  using sent = recordSignals(app as never, OrderPlaced);
  await app.get(Orders).place('last');
  return sent.first(OrderPlaced).receivers;
}

describe('muteSignals', () => {
  it('calls no receiver of these signals until the end of the block', async () => {
    await using app = await startApp(shop);
    {
      using _ = muteSignals(app, OrderPlaced);
      expect(await calledBy(app)).toEqual([]);
    }
    expect(await calledBy(app)).toEqual(['Stock.take', 'receipts.mail']);
  });

  it('mutes receivers by uid, the signals that extend a class, and all when nothing is named', async () => {
    await using app = await startApp(shop);
    {
      using _ = muteSignals(app, 'receipts.mail', StockLow);
      expect(await calledBy(app)).toEqual(['Stock.take']);
    }
    for (const muted of [[ShopSignal], []]) {
      using _ = muteSignals(app, ...muted);
      expect(await calledBy(app)).toEqual([]);
    }
  });

  it('lasts as long as the longest of several', async () => {
    await using app = await startApp(shop);
    const [all, mail] = [muteSignals(app), muteSignals(app, 'receipts.mail')];
    all.end();
    all.end();
    expect(await calledBy(app)).toEqual(['Stock.take']);
    mail.end();
    expect(await calledBy(app)).toEqual(['Stock.take', 'receipts.mail']);
  });

  it('is what `explain` and the record of a send say', async () => {
    await using app = await startApp(shop);
    using _ = muteSignals(app, 'receipts.mail');
    using sent = recordSignals(app, OrderPlaced);

    await app.get(Orders).place('1');

    const because = 'it is muted in the whole application';
    expect(sent.first(OrderPlaced).skipped).toEqual([{ receiver: 'receipts.mail', because }]);
    expect(app.get(SignalRegistry).explain(OrderPlaced, app.get(Orders))).toContainEqual({
      receiver: 'receipts.mail',
      runs: false,
      because,
    });
  });

  it('leaves other applications alone', async () => {
    await using one = await startApp(shop);
    await using other = await startApp(shop);
    using _ = muteSignals(one);

    expect([await calledBy(one), await calledBy(other)]).toEqual([[], ['Stock.take', 'receipts.mail']]);
  });
});

describe('onlyReceivers', () => {
  it('calls these and no others', async () => {
    await using app = await startApp(shop);
    {
      using _ = onlyReceivers(app, 'receipts.mail');
      expect(await calledBy(app)).toEqual(['receipts.mail']);
    }
    using _ = onlyReceivers(app);
    expect(await calledBy(app)).toEqual([]);
  });
});

describe('fakeReceiver', () => {
  it('calls the fake with the payload and the message, and the receiver again afterwards', async () => {
    await using app = await startApp(shop);
    const fake = jest.fn().mockReturnValue('faked');
    {
      using _ = fakeReceiver(app, 'receipts.mail', fake);
      using sent = recordSignals(app, OrderPlaced);
      await app.get(Orders).place('1');

      expect(fake.mock.calls).toEqual([
        [{ orderId: '1', total: 30 }, expect.objectContaining({ receiver: 'receipts.mail' })],
      ]);
      expect(sent.first(OrderPlaced).responses.at(-1)).toMatchObject({ receiver: 'receipts.mail', value: 'faked' });
    }
    await app.get(Orders).place('2');
    expect(app.get(Receipts).mailed).toEqual(['2 by receipts.mail']);
  });

  it('is asked for as the receiver is: by sender, and by `when`', async () => {
    await using app = await startApp(shop);
    const fake = jest.fn();
    using _ = fakeReceiver(app, 'receipts.mail', fake);

    await app.get(Orders).place('free', 0);
    await app.get(OrderPlaced).send('cron', { orderId: '1', total: 30 });

    expect(fake).not.toHaveBeenCalled();
  });

  it('does nothing when no function is given, and lets one fail', async () => {
    await using app = await startApp(shop);
    using _ = fakeReceiver(app, 'receipts.mail');
    await app.get(Orders).place('1');
    expect(app.get(Receipts).mailed).toEqual([]);

    {
      using _failing = fakeReceiver(app, 'receipts.mail', () => {
        throw new Error('no mail');
      });
      await expect(app.get(Orders).place('2')).rejects.toThrow('no mail');
    }
    await app.get(Orders).place('3');
    expect(app.get(Receipts).mailed).toEqual([]);
  });
});

describe('A server that listens already', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [SignalsModule.forRoot()], ...shop }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    await post();
  });

  afterAll(() => app.close());

  async function post(): Promise<void> {
    const { status } = await fetch(`${await app.getUrl()}/orders`, { method: 'POST' });
    expect(status).toBe(201);
  }

  it('is muted, too', async () => {
    using sent = recordSignals(app, OrderPlaced);
    using _ = onlyReceivers(app, 'Stock.take');

    await post();

    expect(sent.first(OrderPlaced).receivers).toEqual(['Stock.take']);
  });

  it('calls fakes, too', async () => {
    const fake = jest.fn();
    using _ = fakeReceiver(app, 'receipts.mail', fake);

    await post();

    expect(fake).toHaveBeenCalledTimes(1);
  });
});

describe('An unknown name', () => {
  it('is refused: a uid, and a signal', async () => {
    await using app = await startApp(shop);

    expect(() => fakeReceiver(app, 'receipts.mial')).toThrow(
      expect.objectContaining({
        code: 'RECEIVER_UNKNOWN',
        message: expect.stringContaining(
          [
            "No receiver of this application has the uid 'receipts.mial'.",
            '  at:  fakeReceiver()',
            '  fix: use one of Stock.take, receipts.mail.',
          ].join('\n'),
        ),
      }),
    );
    expect(() => muteSignals(app, 'missing')).toThrow(expect.objectContaining({ code: 'RECEIVER_UNKNOWN' }));
    expect(() => onlyReceivers(app, Unprovided)).toThrow(expect.objectContaining({ code: 'SIGNAL_UNKNOWN' }));
  });
});
