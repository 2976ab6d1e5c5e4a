import { GUESS, PASSWORD, type Person, TestShop } from '../../test/sample/fixtures/test-shop.js';
import type { Visitor } from './visitor.js';

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});

afterAll(() => shop[Symbol.asyncDispose]());

/** A program that has got a token of somebody. */
async function programOf(person: Person): Promise<Visitor> {
  const program = shop.visitor();
  const { email } = person.account;
  program.token = (await program.post('/api/tokens', { email, password: PASSWORD })).body.token;
  return program;
}

describe('The API', () => {
  it('gives a token for the password, which is a login like any other', async () => {
    const person = await shop.customer();

    const program = await programOf(person);

    expect((await program.get('/api/orders')).body).toEqual([]);
    expect(await person.outcomes()).toEqual(['logged in', 'logged in']);
  });

  it('takes a token for who it is from, which is no login, and begins no session', async () => {
    const person = await shop.customer();
    const program = await programOf(person);

    await program.get('/api/orders');
    program.token = undefined;

    expect((await program.get('/customers/me')).status).toBe(401);
    expect(await person.outcomes()).toHaveLength(2);
  });

  it('lets no request in without a token, with a cookie, or with a token of another secret', async () => {
    const person = await shop.customer();
    const stranger = shop.visitor();
    stranger.token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

    const statuses = [shop.visitor(), person, stranger].map(async it => (await it.get('/api/orders')).status);

    expect(await Promise.all(statuses)).toEqual([401, 401, 401]);
  });

  it('keeps to the same receivers: stock, receipts, audit and who did it', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    const program = await programOf(person);
    const { id } = await person.reads('/customers/me');

    const { body: order } = await program.post('/api/orders', { lines: [{ productId: chair.id, quantity: 2 }] });

    expect(order).toEqual({ id: expect.any(Number), totalCents: 500 });
    expect(await shop.stockOf(chair)).toBe(3);
    await shop.delivered();
    expect(await person.reads('/mails')).toHaveLength(1);
    expect(await person.reads(`/orders/${order.id}/audit`)).toMatchObject([{ actor: `customer #${id}` }]);
  });

  it('is locked with the account: guesses at one count at the other', async () => {
    const person = await shop.customer();
    const { email } = person.account;
    const ask = async (path: string, password: string) => (await shop.visitor().post(path, { email, password })).status;

    const guesses = [];
    for (const path of ['/login', '/api/tokens', '/login', '/api/tokens', '/api/tokens']) {
      guesses.push(await ask(path, GUESS));
    }

    expect(guesses).toEqual([401, 401, 401, 401, 423]);
    expect([await ask('/login', PASSWORD), await ask('/api/tokens', PASSWORD)]).toEqual([423, 423]);
    expect((await person.outcomes()).slice(0, 2)).toEqual(['locked out', 'locked out']);
  });

  it('takes a token of a customer who has left for that of no customer', async () => {
    const person = await shop.customer();
    const program = await programOf(person);
    await person.delete('/customers/me');

    expect((await program.get('/api/orders')).status).toBe(401);
  });

  it('logs no password and no token', async () => {
    const person = await shop.customer();
    const program = await programOf(person);
    await person.logIn(GUESS, shop.visitor());

    expect(shop.logged.filter(line => [PASSWORD, GUESS, program.token!].some(it => line.includes(it)))).toEqual([]);
  });
});
