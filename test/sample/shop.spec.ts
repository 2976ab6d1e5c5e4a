import { jest } from '@jest/globals';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Visitor } from '../../sample/shop/visitor.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Curl } from './fixtures/curl.js';
import { SampleProcess } from './fixtures/sample-process.js';
import { ask } from './fixtures/ask.js';

jest.setTimeout(60_000);

const MAIN = 'sample/shop/main.ts';
const DEMO = 'sample/shop/demo.ts';
const OPEN = /The shop is open: (\S+)/;

let database: TestDatabase;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url };
});

afterAll(() => database.drop());

describe('The shop', () => {
  it('prints three curl lines that do what they say: sign up, log in, place an order', async () => {
    await using shop = await SampleProcess.start(MAIN, { env });
    await shop.says(OPEN);
    const curl = new Curl();
    const lines = shop.output.split('\n').filter(line => line.trim().startsWith('curl'));

    const answers = [];
    for (const line of lines) answers.push(await curl.run(line));

    expect(answers).toMatchObject([
      { status: 201, body: { name: 'Ann', email: 'ann@example.org' } },
      { status: 200, body: { email: 'ann@example.org' } },
      { status: 201, body: { status: 'placed' } },
    ]);
    await shop.says(/OrderPlaced Order #\d+ -> Receipts.mail/);
  });

  it('is as it was left when it opens again on the same database', async () => {
    const account = { email: 'bob@example.org', password: 'correct horse' };
    const open = async (): Promise<[SampleProcess, Visitor]> => {
      const shop = await SampleProcess.start(MAIN, { env });
      return [shop, new Visitor({ url: await shop.says(OPEN) })];
    };
    const [first, early] = await open();
    await early.post('/customers', { ...account, name: 'Bob' });
    await early.post('/login', account);
    await early.post('/orders', { lines: [{ productId: 2, quantity: 1 }] });
    const { body: left } = await early.get('/products');
    first.interrupt();
    await first.ended;

    const [second, late] = await open();

    expect((await late.post('/login', account)).status).toBe(200);
    expect((await late.get('/products')).body).toEqual(left);
    for (const shop of [first, second]) await shop[Symbol.asyncDispose]();
  });

  it('keeps to a schema of its own, so that what else is in the database stays as it is', async () => {
    const tables = `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`;

    expect(await ask(database.url, tables)).toBe('0');
  });

  it('does not open at a port that is none, or is taken, and says so', async () => {
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    await using lost = await SampleProcess.start(MAIN, { env: { ...env, PORT: 'http' } });
    await using late = await SampleProcess.start(MAIN, { env: { ...env, PORT: port } });

    expect([await lost.ended, await late.ended]).toEqual([1, 1]);
    expect(lost.output).toBe('The shop does not open: PORT is "http", which is no port.\n');
    expect(late.output).toMatch(new RegExp(`^The shop does not open: .*EADDRINUSE.*127.0.0.1:${port}$`, 'm'));
  });
});

describe('The shop, with a PostgreSQL server of its own, leaves no process and no file behind', () => {
  interface Way {
    readonly when: string;
    readonly end: (shop: SampleProcess) => void;
    readonly outcome: unknown;
    readonly options?: Parameters<typeof SampleProcess.start>[1];
  }
  const ways: readonly Way[] = [
    { when: 'when it is interrupted from the keyboard, and ends well', end: shop => shop.interrupt(), outcome: 0 },
    { when: 'when it is asked to end, and ends well', end: shop => shop.kill('SIGTERM'), outcome: 0 },
    { when: 'when it is killed', end: shop => shop.kill('SIGKILL'), outcome: 'SIGKILL' },
    {
      when: 'when npm, which started it, is killed',
      end: shop => shop.kill('SIGKILL'),
      outcome: 'SIGKILL',
      options: { parent: true, env: { npm_lifecycle_event: 'start' } },
    },
  ];
  const running = new Map<Way, SampleProcess>();

  beforeAll(async () => {
    for (const way of ways) running.set(way, await SampleProcess.start(MAIN, way.options));
    await Promise.all([...running.values()].map(shop => shop.says(OPEN)));
  });

  afterAll(() => Promise.all([...running.values()].map(shop => shop[Symbol.asyncDispose]())));

  it.each(ways)('$when', async way => {
    const shop = running.get(way)!;

    way.end(shop);

    expect(await shop.ended).toBe(way.outcome);
    expect(await shop.leftovers()).toEqual([]);
  });
});

describe('The demo', () => {
  it('plays the story of one customer, tells what each signal does meanwhile, and ends well', async () => {
    await using demo = await SampleProcess.start(DEMO, { env });

    expect(await demo.ended).toBe(0);
    for (const told of [
      'PreSave Customer -> EmailAddresses.normalise: writes',
      'UserLoginFailed Customer -> LockOut.count: failure 1 of 5',
      'UserLoggedIn Customer -> LoginHistory.loggedIn: writes down "logged in"',
      'PostSave Order -> Stock.keep: takes 2 x Chair',
      'PostSave Order -> Audit.record: writes down "status placed -> cancelled", by customer',
      'OrderPlaced Order -> Receipts.mail: mails a receipt to ann',
      'PostDelete Customer -> MailBox.empty: mails deleted: 2',
    ]) {
      expect(demo.output.replaceAll(/ #\d+/g, '')).toContain(told);
    }
    expect(demo.output).toMatch(/All of it came true\.\n$/);
  });

  it('fails when a step does not have the effect that it tells of, and says which', async () => {
    await using empty = await databaseOfEmptyShelves();
    await using demo = await SampleProcess.start(DEMO, { env: { DATABASE_URL: empty.url } });

    expect(await demo.ended).toBe(1);
    expect(demo.output).toMatch(/\n3\. .*\n.*\n\nThe demo fails: The shop answers 409, not 201: .*\n$/);
  });
});

async function databaseOfEmptyShelves(): Promise<TestDatabase & AsyncDisposable> {
  const empty = await createTestDatabase();
  const columns = 'id serial primary key, name varchar(255) not null, price_cents int not null, stock int not null';
  await ask(empty.url, 'CREATE SCHEMA shop');
  await ask(empty.url, `CREATE TABLE shop.product (${columns})`);
  await ask(empty.url, `INSERT INTO shop.product (name, price_cents, stock) VALUES ('Chair', 1, 0)`);
  return { ...empty, [Symbol.asyncDispose]: () => empty.drop() };
}
