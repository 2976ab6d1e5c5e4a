import { DurableSignals } from 'nestjs-signals/pg-boss';
import { expectNotSent, fakeReceiver, recordSignals } from 'nestjs-signals/testing';
import { GUESS, PASSWORD, type Person, TestShop } from '../../test/sample/fixtures/test-shop.js';
import { AuditEntry } from './audit/audit-entry.entity.js';
import { Customer } from './customers/customer.entity.js';
import { Mail } from './mails/mail.entity.js';
import { OrderPlaced } from './orders/order-placed.signal.js';
import { Order } from './orders/order.entity.js';
import type { Product } from './products/product.entity.js';
import { LoginRecord } from './sessions/login-record.entity.js';
import type { Answer } from './visitor.js';

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});

afterAll(() => shop[Symbol.asyncDispose]());

function statusesOf(answers: readonly Answer[]): number[] {
  return answers.map(({ status }) => status).toSorted((one, other) => one - other);
}

describe('A new customer', () => {
  it('has an e-mail address in its normal form, however it was typed: a receiver of PreSave sees to it', async () => {
    const person = shop.person();

    const { status, body } = await person.signUp({
      email: `  ${person.account.email.toUpperCase()} `,
    });

    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(Number), name: 'Ann', email: person.account.email });
    expect(await shop.em().count(Customer, { email: person.account.email })).toBe(1);
  });

  it('is the only one with that address', async () => {
    const person = await shop.customer();

    const { status, body } = await person.signUp({ email: person.account.email.toUpperCase() });

    expect(status).toBe(409);
    expect(body.message).toBe(`There is a customer with the address ${person.account.email} already.`);
  });

  it('has a password that cannot be read', async () => {
    const person = await shop.customer();
    const { email } = person.account;

    const { passwordHash } = await shop.em().findOneOrFail(Customer, { email });

    expect(passwordHash).not.toContain(PASSWORD);
    expect(Object.keys(await person.reads('/customers/me'))).toEqual(['id', 'name', 'email']);
  });
});

describe('A login', () => {
  it('begins a session, and a logout ends it', async () => {
    const person = shop.person();
    await person.signUp();
    expect((await person.get('/customers/me')).status).toBe(401);

    expect((await person.logIn()).status).toBe(200);
    expect((await person.reads('/customers/me')).email).toBe(person.account.email);

    expect((await person.post('/logout')).status).toBe(204);
    expect((await person.get('/customers/me')).status).toBe(401);
  });

  it('stands in the login history, and so does a logout and a failure: receivers of the auth signals', async () => {
    const person = await shop.customer();
    await person.post('/logout');
    await person.logIn(GUESS);
    await person.logIn();

    expect(await person.outcomes()).toEqual(['logged in', 'failed', 'logged out', 'logged in']);
    expect((await person.reads('/logins'))[0]).toMatchObject({
      ip: '127.0.0.1',
      at: expect.any(String),
    });
  });

  it('takes the address in any form', async () => {
    const person = await shop.customer();

    const { status } = await shop.visitor().post('/login', {
      email: ` ${person.account.email.toUpperCase()}`,
      password: PASSWORD,
    });

    expect(status).toBe(200);
  });

  it('of an address without a customer fails like any other, and locks nothing', async () => {
    const before = await shop.em().count(LoginRecord);
    const stranger = shop.person();

    for (let attempt = 1; attempt <= 6; attempt += 1) expect((await stranger.logIn()).status).toBe(401);

    expect(await shop.em().count(LoginRecord)).toBe(before);
  });
});

describe('Five failed logins in a row', () => {
  const failures = async (person: Person, times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let time = 1; time <= times; time += 1) statuses.push((await person.logIn(GUESS, shop.visitor())).status);
    return statuses;
  };

  it('lock the account: a receiver of UserLoginFailed answers 423 instead of 401', async () => {
    const person = await shop.customer();

    expect(await failures(person, 6)).toEqual([401, 401, 401, 401, 423, 423]);
    expect((await person.logIn(GUESS, shop.visitor())).body.message).toMatch(/^Too many failed logins/);
  });

  it('keep out even who has the right password: a receiver of UserLoggedIn refuses', async () => {
    const person = await shop.customer();
    await failures(person, 5);
    const burglar = shop.visitor();

    expect((await person.logIn(PASSWORD, burglar)).status).toBe(423);
    expect((await burglar.get('/customers/me')).status).toBe(401);
    expect((await person.outcomes())[0]).toBe('locked out');
  });

  it('leave a session alone that is there', async () => {
    const person = await shop.customer();
    await failures(person, 5);

    expect((await person.outcomes()).filter(outcome => outcome === 'failed')).toHaveLength(5);
  });

  it('count when they arrive at once', async () => {
    const person = await shop.customer();

    const answers = await Promise.all(Array.from({ length: 10 }, () => person.logIn(GUESS, shop.visitor())));

    expect(statusesOf(answers)).toEqual([401, 401, 401, 401, 423, 423, 423, 423, 423, 423]);
  });

  it('are counted anew after a login', async () => {
    const person = await shop.customer();
    await failures(person, 4);
    await person.logIn();

    expect(await failures(person, 4)).toEqual([401, 401, 401, 401]);
  });

  it('lock it for a while only', async () => {
    const person = await shop.customer();
    const { email } = person.account;
    await failures(person, 5);
    await shop.em().nativeUpdate(Customer, { email }, { lockedUntil: new Date(Date.now() - 1) });

    expect(await failures(person, 1)).toEqual([401]);
    expect((await person.logIn()).status).toBe(200);
  });
});

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

    expect(shop.logged.slice(before)).toEqual([
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
