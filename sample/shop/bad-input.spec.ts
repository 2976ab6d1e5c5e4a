import { type Person, PASSWORD, TestShop } from '../../test/sample/fixtures/test-shop.js';

let shop: TestShop;
let customer: Person;

beforeAll(async () => {
  shop = await TestShop.open();
  customer = await shop.customer();
});

afterAll(() => shop[Symbol.asyncDispose]());

describe('A new customer', () => {
  it.each([
    ['no name', { name: ' ' }],
    ['a name that would not fit on a line', { name: 'Ann\nroot' }],
    ['an address that is none', { email: 'ann at example.org' }],
    ['an address that is not a text', { email: { $ne: null } }],
    ['a short password', { password: 'horse' }],
    ['a password without end', { password: 'x'.repeat(201) }],
    ['more than was asked for', { failedLogins: -1000 }],
  ])('is refused with %s', async (_, change) => {
    const { status } = await shop.person().signUp(change);

    expect(status).toBe(400);
  });
});

describe('A login', () => {
  it.each([
    ['nothing', {}],
    ['no password', { email: 'person.1@example.org' }],
    ['an address that is not a text', { email: ['person.1@example.org'], password: PASSWORD }],
    ['an address that no database can hold', { email: 'person.1\0@example.org', password: PASSWORD }],
    ['a password that is not a text', { email: 'person.1@example.org', password: { length: 10 } }],
  ])('with %s fails', async (_, body) => {
    expect((await shop.visitor().post('/login', body)).status).toBe(401);
  });
});

describe('An order', () => {
  it.each([
    ['of nothing', { lines: [] }, 400],
    ['of less than nothing', { lines: [{ productId: 1, quantity: -1 }] }, 400],
    ['of one product twice', { lines: [1, 1].map(productId => ({ productId, quantity: 1 })) }, 400],
    ['of something else', { lines: 'two chairs' }, 400],
    ['with a price of its own', { lines: [{ productId: 1, quantity: 1, priceCents: 1 }] }, 400],
    ['of a product that is not sold here', { lines: [{ productId: 2_000_000_000, quantity: 1 }] }, 404],
    ['of a product whose number is too large', { lines: [{ productId: 2 ** 31, quantity: 1 }] }, 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await customer.post('/orders', body)).status).toBe(status);
  });

  it.each(['0', '-1', 'one', '1e3', '99999999999'])('cannot have the number %s', async id => {
    expect((await customer.get(`/orders/${id}/audit`)).status).toBe(400);
  });
});
