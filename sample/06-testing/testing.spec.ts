import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterCommit, durable, OnSignal, type PayloadOf, PostSave, SignalsModule } from 'nestjs-signals';
import {
  captureAfterCommit,
  expectNotSent,
  expectReceiver,
  expectSent,
  fakeReceiver,
  inProcess,
  messageOf,
  muteSignals,
  onlyReceivers,
  payloadOf,
  recordSignals,
  settled,
  signalMatchers,
  type SignalMatchers,
} from 'nestjs-signals/testing';
import { AppModule, database, Order, OrderPlaced, Orders, Receipts, Warehouse } from './orders.js';

// #region matchers
expect.extend(signalMatchers);

declare global {
  namespace jest {
    interface Matchers<R> extends SignalMatchers<R> {}
  }
}
// #endregion

let app: INestApplication;

beforeEach(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  await app.get(MikroORM).schema.create();
});

afterEach(() => app.close());

async function order(): Promise<void> {
  const { status } = await fetch(`${await app.getUrl()}/orders`, { method: 'POST' });
  expect(status).toBe(201);
}

describe('An order', () => {
  it('is reported when it is placed, and mailed about', async () => {
    // #region record
    using sent = recordSignals(app, OrderPlaced, PostSave);

    await order();

    expect(sent.all.map(({ signal }) => signal)).toEqual([PostSave, OrderPlaced]);
    expect(sent.first(OrderPlaced).payload).toEqual({ orderId: 1, total: 30 });
    expect(sent.first(OrderPlaced).receivers).toEqual(['receipts.mail']);
    expect(sent.of(PostSave, Order)[0]!.payload.instance.status).toBe('placed');
    // #endregion
  });

  it('is found by those who ask for it', async () => {
    using sent = recordSignals(app);
    await order();

    // #region expect-sent
    expectSent(sent, OrderPlaced);
    expectSent(sent, OrderPlaced, { total: 30 });
    expectNotSent(sent, OrderPlaced, { total: 31 });
    // #endregion

    // #region expect
    expect(sent).toHaveBeenSentWith(OrderPlaced, { orderId: expect.any(Number) });
    expect(app).toHaveReceiver(OrderPlaced, 'receipts.mail');
    // #endregion
  });

  it('stands although its receipt cannot be mailed elsewhere', async () => {
    // #region fake
    const mailed: unknown[] = [];
    using _ = fakeReceiver(app, 'receipts.mail', payload => mailed.push(payload));

    await order();

    expect(mailed).toEqual([{ orderId: 1, total: 30 }]);
    expect(app.get(Receipts).mails).toEqual([]);
    // #endregion
  });

  it('is not mailed about while receipts are muted', async () => {
    // #region mute
    {
      using _ = muteSignals(app, OrderPlaced); // uids will do, too; without any, all are muted
      await order();
    }
    {
      using _ = onlyReceivers(app, 'Warehouse.pack');
      await order();
    }
    expect(app.get(Receipts).mails).toEqual([]);
    // #endregion
  });

  it('is over when everything that it set off is over', async () => {
    // #region settled
    void app.get(OrderPlaced).send(app.get(Orders), { orderId: 7, total: 1 });

    await settled(app);

    expect(app.get(Receipts).mails).toEqual(['Order 7: 1 EUR']);
    // #endregion
  });
});

/** A test that leaves nothing in the database. */
async function rolledBack(test: () => Promise<void>): Promise<void> {
  const rollback = new Error('rolled back');
  const testing = app.get(MikroORM).em.transactional(async () => {
    await test();
    throw rollback;
  });
  await expect(testing).rejects.toBe(rollback);
}

describe('A receipt', () => {
  it('is mailed once the order is committed', async () => {
    // #region capture
    await rolledBack(async () => {
      const captured = await captureAfterCommit(app, () => app.get(Orders).place());
      expect(captured.all).toMatchObject([{ receiver: 'receipts.mail', payload: { orderId: 1, total: 30 } }]);
      expect(app.get(Receipts).mails).toEqual([]);

      await captured.run();
      expect(app.get(Receipts).mails).toEqual(['Order 1: 30 EUR']);
    });
    // #endregion
  });

  it('is mailed for each order', () => {
    // #region expect-receiver
    expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced, { sender: Orders, delivery: afterCommit });
    expectReceiver(app, Receipts, 'mail').not.toReceive(PostSave);
    // #endregion
  });
});

describe('A durable receiver', () => {
  it('needs no server in a test', async () => {
    // #region in-process
    class Books {
      readonly entries: number[] = [];

      @OnSignal(OrderPlaced, { uid: 'books.enter', delivery: durable() })
      enter({ total }: PayloadOf<OrderPlaced>): void {
        this.entries.push(total);
      }
    }
    const shop = await Test.createTestingModule({
      imports: [MikroOrmModule.forRoot(database), SignalsModule.forRoot({ durable: inProcess() })],
      providers: [OrderPlaced, Books],
    }).compile();

    await shop.get(OrderPlaced).send('cron', { orderId: 1, total: 30 });
    await settled(shop);

    expect(shop.get(Books).entries).toEqual([30]);
    // #endregion
    await shop.close();
  });
});

describe('The warehouse', () => {
  it('packs what changed', () => {
    // #region payload-of
    const payload = payloadOf(PostSave, {
      instance: Object.assign(new Order(), { total: 30 }),
      changes: { status: { to: 'placed' } },
    });
    const message = messageOf({ context: { actor: 'Ann' } });

    expect(new Warehouse().pack(payload, message)).toBe('placed by Ann: 30 EUR');
    expect(() => payload.created).toThrow(
      'The receiver reads `created`, which this payload of PostSave was not given.',
    );
    // #endregion
  });
});

describe('A signal without an application', () => {
  it('is made with `new`, and recorded', async () => {
    // #region new
    const orderPlaced = new OrderPlaced();
    using sent = recordSignals(orderPlaced);

    await orderPlaced.send('cron', { orderId: 1, total: 30 });

    expectSent(sent, OrderPlaced, { orderId: 1 });
    // #endregion
  });
});
