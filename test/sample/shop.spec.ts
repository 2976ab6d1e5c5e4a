import { jest } from '@jest/globals';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Visitor } from '../../sample/shop/visitor.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Curl } from './fixtures/curl.js';
import { SampleProcess } from './fixtures/sample-process.js';
import { ask } from './fixtures/ask.js';

jest.setTimeout(180_000);

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
    await shop.says(/OrderPlaced Order #\d+ -> receipts.mail/);
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

  it('keeps to schemas of its own, so that what else is in the database stays as it is', async () => {
    const used = `SELECT string_agg(DISTINCT schemaname, ' ') FROM pg_tables WHERE schemaname !~ '^(pg_|information_)'`;

    expect(await ask(database.url, used)).toBe('shop shop_signals');
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
    expect(shop.output).toMatch(/Ctrl-C closes it\.\n\n$/);
  });
});

describe('The demo', () => {
  let demo: SampleProcess;

  beforeAll(async () => {
    demo = await SampleProcess.start(DEMO, { env });
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  it('plays the stories of two customers, says what each signal does meanwhile, and ends well', async () => {
    expect(await demo.ended).toBe(0);
    for (const line of [
      'PreSave Customer -> EmailAddresses.normalise: writes',
      'UserLoginFailed Customer -> LockOut.count: failure 1 of 5',
      'UserLoggedIn Customer -> LoginHistory.loggedIn: writes down "logged in"',
      'PostSave Order -> Stock.keep: takes 2 x Chair',
      'PostSave Order -> Audit.record: writes down "status placed -> cancelled", by customer',
      'OrderPlaced Order -> receipts.mail: mails a receipt to ann',
      'PostDelete Customer -> MailBox.empty: mails deleted: 2',
    ]) {
      expect(demo.output.replaceAll(/ #\d+/g, '')).toContain(line);
    }
    expect(demo.output).toMatch(/All of it came true\.\n$/);
  });

  it('shows a receipt that is mailed, once, although the process that took the order was killed', async () => {
    expect(demo.output.replaceAll(/ #\d+/g, '')).toMatch(
      new RegExp(
        [
          'At the till Bob orders two chairs.',
          'PostSave Order -> Stock.keep: takes 2 x Chair',
          'So no receipt was mailed to him yet.',
          'The till is killed.',
          'So SIGKILL has ended it.',
          'The shop opens again, in another process.',
          'OrderPlaced Order -> receipts.mail: mails a receipt to bob',
          'So its receipt was mailed to him all the same, once.',
        ].join('[^]*'),
      ),
    );
    const subjects = `SELECT string_agg(subject, ', ') FROM shop.mail WHERE recipient LIKE 'bob.%'`;
    expect(await ask(database.url, subjects)).toMatch(/^Your receipt for order \d+$/);
  });

  it('fails when a step does not have the effect that it announces, and says which', async () => {
    await using empty = await databaseWithChairs(0);
    await using failing = await SampleProcess.start(DEMO, { env: { DATABASE_URL: empty.url } });

    expect(await failing.ended).toBe(1);
    expect(failing.output).toMatch(/\n3\. .*\n.*\n\nThe demo fails: The shop answers 409, not 201: .*\n$/);
  });

  it('leaves no till behind when it fails while one is open', async () => {
    await using scarce = await databaseWithChairs(2);
    await using failing = await SampleProcess.start(DEMO, { env: { DATABASE_URL: scarce.url } });

    expect(await failing.ended).toBe(1);
    expect(failing.output).toMatch(/\n11\. At the till[^]*\n\nThe demo fails: The shop answers 409, not 201: .*\n$/);
    expect(await failing.leftovers()).toEqual([]);
  });

  it('leaves no till, no server and no file behind when it is killed while they are there', async () => {
    await using killed = await SampleProcess.start(DEMO);
    await killed.says(/At the till[^]*UserLoggedIn/);

    killed.kill('SIGKILL');

    expect(await killed.ended).toBe('SIGKILL');
    expect(await killed.leftovers()).toEqual([]);
  });
});

/** The shelves of a shop that has this many chairs, and nothing else. */
async function databaseWithChairs(stock: number): Promise<TestDatabase & AsyncDisposable> {
  const scarce = await createTestDatabase();
  const columns = 'id serial primary key, name varchar(255) not null, price_cents int not null, stock int not null';
  await ask(scarce.url, 'CREATE SCHEMA shop');
  await ask(scarce.url, `CREATE TABLE shop.product (${columns})`);
  const rows = `('Chair', 1, ${stock}), ('Table', 1, 0), ('Lamp', 1, 0)`;
  await ask(scarce.url, `INSERT INTO shop.product (name, price_cents, stock) VALUES ${rows}`);
  return { ...scarce, [Symbol.asyncDispose]: () => scarce.drop() };
}
