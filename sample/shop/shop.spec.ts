import { DurableSignals } from 'nestjs-signals/pg-boss';
import { expectNotSent, fakeReceiver, recordSignals } from 'nestjs-signals/testing';
import { GUESS, PASSWORD, TestShop } from '../../test/sample/fixtures/test-shop.js';
import { AuditEntry } from './audit/audit-entry.entity.js';
import { Customer } from './customers/customer.entity.js';
import { Mail } from './mails/mail.entity.js';
import { OrderPlaced } from './orders/order-placed.signal.js';
import { Order } from './orders/order.entity.js';
import type { Product } from './products/product.entity.js';
import type { Answer } from './visitor.js';

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});

afterAll(() => shop[Symbol.asyncDispose]());

function statusesOf(answers: readonly Answer[]): number[] {
  return answers.map(({ status }) => status).toSorted((one, other) => one - other);
}

describe('An order', () => {
  it('takes what it is about from stock: a receiver of PostSave, in the same transaction', async () => {
    const [person, chair, lamp] = [await shop.customer(), await shop.product(5), await shop.product(1)];

    const { status, body } = await person.order([chair, 2], [lamp, 1]);

    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'placed', totalCents: 750 });
    expect([await shop.stockOf(chair), await shop.stockOf(lamp)]).toEqual([3, 0]);
  });

  it('is audited with who placed it', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { id: customer } = await person.reads('/customers/me');
    const { body: order } = await person.order([chair, 1]);

    const trail = await person.reads(`/orders/${order.id}/audit`);

    expect(trail).toMatchObject([
      {
        actor: `customer #${customer}`,
        changes: { customer: { to: customer }, status: { to: 'placed' }, totalCents: { to: 250 } },
      },
    ]);
  });

  it('is followed by a receipt: a durable receiver of OrderPlaced, the signal of the shop itself', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { body: order } = await person.order([chair, 3]);

    await shop.delivered();
    expect(await person.reads('/mails')).toMatchObject([
      {
        recipient: person.account.email,
        subject: `Your receipt for order ${order.id}`,
        text: expect.stringContaining('7.50 EUR'),
      },
    ]);
  });

  it('that cannot be met leaves nothing behind: what was taken for it is back in stock', async () => {
    const [person, chair, lamp] = [await shop.customer(), await shop.product(5), await shop.product(1)];
    const before = await shop.em().count(AuditEntry, { entity: 'Order' });
    using sent = recordSignals(shop.app, OrderPlaced);

    const { status, body } = await person.order([chair, 2], [lamp, 2]);

    expect(status).toBe(409);
    expect(body.message).toBe(`There are not 2 x ${lamp.name} left.`);
    expect([await shop.stockOf(chair), await shop.stockOf(lamp)]).toEqual([5, 1]);
    expect(await person.reads('/orders')).toEqual([]);
    await shop.delivered();
    expect(await person.reads('/mails')).toEqual([]);
    expect(await shop.em().count(AuditEntry, { entity: 'Order' })).toBe(before);
    expectNotSent(sent, OrderPlaced);
  });

  it('gets the last one, or does not, when many customers want it at once', async () => {
    const lamp = await shop.product(2);
    const chair = await shop.product(100);
    const people = await Promise.all(Array.from({ length: 6 }, () => shop.customer()));

    const lines: [Product, number][] = [
      [chair, 1],
      [lamp, 1],
    ];

    const answers = await Promise.all(
      people.map((person, at) => person.order(...(at % 2 ? lines : lines.toReversed()))),
    );

    expect(statusesOf(answers)).toEqual([201, 201, 409, 409, 409, 409]);
    expect([await shop.stockOf(lamp), await shop.stockOf(chair)]).toEqual([0, 98]);
  });

  it('stands whatever becomes of its receipt, which is mailed once that can be done', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const down = fakeReceiver(shop.app, 'receipts.mail', () => {
      resolve();
      throw new Error('The mail server is down.');
    });

    const { status } = await person.order([chair, 1]);

    expect(status).toBe(201);
    expect(await shop.stockOf(chair)).toBe(4);
    await failed;
    expect(await person.reads('/mails')).toEqual([]);
    down[Symbol.dispose]();
    await shop.delivered();
    expect(await person.reads('/mails')).toHaveLength(1);
    expect(shop.logged.some(line => line.includes('receipts.mail failed on OrderPlaced'))).toBe(true);
  });

  it('gives back to stock what it took when it is cancelled, and both states are in the audit trail', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { body: order } = await person.order([chair, 2]);

    const { status, body } = await person.post(`/orders/${order.id}/cancel`);

    expect(status).toBe(200);
    expect(body.status).toBe('cancelled');
    expect(await shop.stockOf(chair)).toBe(5);
    const trail = await person.reads(`/orders/${order.id}/audit`);
    expect(trail.at(-1).changes).toEqual({ status: { from: 'placed', to: 'cancelled' } });
  });

  it('is cancelled once, however many ask for it at once', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { body: order } = await person.order([chair, 2]);

    const answers = await Promise.all([1, 2, 3].map(() => person.post(`/orders/${order.id}/cancel`)));

    expect(statusesOf(answers)).toEqual([200, 409, 409]);
    expect(await shop.stockOf(chair)).toBe(5);
  });

  it('concerns no other customer', async () => {
    const [person, stranger, chair] = [await shop.customer(), await shop.customer(), await shop.product(5)];
    const { body: order } = await person.order([chair, 2]);

    for (const visitor of [stranger, shop.visitor()]) {
      const status = visitor === stranger ? 404 : 401;
      expect((await visitor.post(`/orders/${order.id}/cancel`)).status).toBe(status);
      expect((await visitor.get(`/orders/${order.id}/audit`)).status).toBe(status);
    }
    expect(await stranger.reads('/orders')).toEqual([]);
  });
});

describe('The stock of a product', () => {
  const audited = async ({ id }: Product) => {
    await shop.delivered();
    const entries = await shop
      .em()
      .find(AuditEntry, { entity: 'Product', key: String(id) }, { orderBy: { id: 'asc' } });
    return entries.map(({ actor, changes }) => [actor, changes.stock]);
  };

  it('is audited by a receiver of RowChanged: bulk writes of orders, and SQL of somebody else', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { id } = await person.reads('/customers/me');
    const { body: order } = await person.order([chair, 2]);
    await person.post(`/orders/${order.id}/cancel`);
    await shop.em().getConnection().execute('update shop.product set stock = 7 where id = ?', [chair.id]);
    await shop.em().getConnection().execute(`update shop.product set name = 'stool' where id = ?`, [chair.id]);

    expect(await audited(chair)).toEqual([
      ['unknown', { to: 5 }],
      [`customer #${id}`, { from: 5, to: 3 }],
      [`customer #${id}`, { from: 3, to: 5 }],
      ['unknown', { from: 5, to: 7 }],
    ]);
  });

  it('has no entry of an order that was undone', async () => {
    const [person, chair, lamp] = [await shop.customer(), await shop.product(5), await shop.product(1)];

    expect((await person.order([chair, 2], [lamp, 2])).status).toBe(409);

    expect(await audited(chair)).toEqual([['unknown', { to: 5 }]]);
  });
});

describe('A customer who leaves', () => {
  it('leaves no mail behind: a receiver of PostDelete', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    await person.order([chair, 1]);
    await shop.delivered();
    const { email } = person.account;
    expect(await shop.em().count(Mail, { recipient: email })).toBe(1);

    expect((await person.delete('/customers/me')).status).toBe(204);

    expect(await shop.em().count(Mail, { recipient: email })).toBe(0);
    expect(await shop.em().count(Customer, { email })).toBe(0);
  });

  it('is mailed no receipt any more', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const durable = shop.app.get(DurableSignals);
    await durable.pause('receipts.mail');
    await person.order([chair, 1]);

    await person.delete('/customers/me');
    await durable.resume('receipts.mail');
    await shop.delivered();

    expect(await durable.dead()).toEqual([]);
    expect(await shop.em().count(Mail, { recipient: person.account.email })).toBe(0);
  });

  it('leaves orders behind that have no customer', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { body: order } = await person.order([chair, 1]);

    await person.delete('/customers/me');

    expect(await shop.em().findOneOrFail(Order, order.id)).toMatchObject({
      status: 'placed',
      customer: null,
    });
  });

  it('is logged out everywhere', async () => {
    const person = await shop.customer();
    const elsewhere = shop.visitor();
    await person.logIn(PASSWORD, elsewhere);

    await person.delete('/customers/me');

    expect((await person.get('/customers/me')).status).toBe(401);
    expect((await elsewhere.get('/customers/me')).status).toBe(401);
  });
});

describe('The log', () => {
  it('says which receiver did what, and for which signal', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const { id } = await person.reads('/customers/me');
    await shop.delivered();
    const before = shop.logged.length;

    const { body: order } = await person.order([chair, 2]);
    await shop.delivered();

    // After ten seconds the package itself warns that nothing shuts this shop down.
    expect(shop.logged.slice(before).filter(line => line.endsWith(' Journal'))).toEqual([
      `PostSave Order #${order.id} -> Stock.keep: takes 2 x ${chair.name} Journal`,
      `PostSave Order #${order.id} -> Audit.record: writes down "status placed", by customer #${id} Journal`,
      `OrderPlaced Order #${order.id} -> receipts.mail: mails a receipt to ${person.account.email} Journal`,
    ]);
  });

  it('reports what is sold out once the order is committed, and not for an order that was undone', async () => {
    const [person, chair, lamp] = [await shop.customer(), await shop.product(1), await shop.product(1)];
    await person.order([chair, 1], [lamp, 2]);

    const { body: order } = await person.order([chair, 1]);

    const logged = shop.logged.filter(line => line.includes('Shelves.look') && line.includes(chair.name));
    expect(logged).toEqual([`OrderPlaced Order #${order.id} -> Shelves.look: the last ${chair.name} is sold Journal`]);
  });

  it('has no password in it, neither a right one nor a wrong one', async () => {
    const person = await shop.customer();
    await person.signUp();
    await person.logIn(GUESS);
    await person.logIn();
    await person.post('/logout');

    expect(shop.logged.filter(line => line.includes(PASSWORD) || line.includes(GUESS))).toEqual([]);
  });
});
