import { GUESS, PASSWORD, type Person, TestShop } from '../../test/sample/fixtures/test-shop.js';
import { Customer } from './customers/customer.entity.js';
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
