import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { type DurableApp, startDurable } from '../pg-boss/orders.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { quiet } from '../support/quiet.js';
import { command, type Ended } from './terminal.js';

quiet();
jest.setTimeout(60_000);

describe('The commands on durable messages', () => {
  let t: DurableApp;
  let database: TestDatabase;
  let isBroken = true;
  beforeAll(async () => {
    database = await createTestDatabase();
    t = await startDurable({ config: { clientUrl: database.url } });
    const options = { uid: 'receipts.mail', delivery: durable({ retryLimit: 0 }) };
    t.placed.connect(() => {
      if (isBroken) throw new Error('no \u001B[31mpaper');
    }, options);
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await database.drop();
  });

  async function die(name: string): Promise<void> {
    isBroken = true;
    await t.placed.send('somebody', { name });
    await t.settled();
  }
  const ask = (...args: string[]): Promise<Ended> => command(args, { env: { DATABASE_URL: database.url } });
  const dead = async () => JSON.parse((await ask('dead', '--json')).out) as { message: string }[];

  it('count, show and search what is dead', async () => {
    await die('Zoë');
    const counts = await ask('counts');
    const shown = await ask('dead', '--receiver', 'receipts.mail', '--text', 'zoë');
    const others = await ask('dead', '--text', 'Bob');
    const early = await ask('dead', '--failed-before', '2020-01-31');

    expect(counts.out.split('\n')[0]).toMatch(/^receiver +waiting +delayed +active +dead +oldest$/);
    expect(counts.out).toMatch(/^receipts\.mail +0 +0 +0 +1 +-$/m);
    expect(shown.out.split(' ')[0]).toBe((await dead())[0]!.message);
    expect(shown.out).toMatch(/^[\da-f-]{36} {2}receipts\.mail of OrderPlaced\n {2}dead since .*, after 1 attempt\n/);
    expect(shown.out).toContain('  Error: no [31mpaper'.replace(' [', '  ['));
    expect([others.out, early.out]).toEqual(Array(2).fill('No dead message matches.\n'));
  });

  it('retry one message without a question, and ask before they change all or forget', async () => {
    isBroken = false;
    const retried = await ask('retry', '--id', (await ask('dead')).out.split(' ')[0]!);
    const none = await ask('dead');
    await t.settled();
    await die('Bob');
    const refused = await ask('remove', '--receiver', 'receipts.mail');
    const questions: string[] = [];
    const confirm = (question: string) => Promise.resolve(questions.push(question) > 2);
    const asked = (...args: string[]) => command(args, { env: { DATABASE_URL: database.url }, confirm });
    const denied = [await asked('purge', '--receiver', 'receipts.mail'), await asked('retry')];
    const removed = await asked('remove', '--receiver', 'receipts.mail', '--json');

    expect(retried).toEqual({ code: 0, out: '1 message retried.\n', errors: '' });
    expect(none.out).toBe('No message is dead.\n');
    expect(refused).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^NOT_CONFIRMED: .*\n.*\n +fix: add --yes/),
    });
    expect(denied).toEqual(Array(2).fill({ code: 1, out: '', errors: 'Nothing was changed.\n' }));
    expect(questions).toEqual([
      'purge the messages with receiver receipts.mail?',
      'retry the messages of every receiver?',
      'remove the messages with receiver receipts.mail?',
    ]);
    expect(JSON.parse(removed.out)).toEqual({ removed: 1 });
  });

  it('pause and resume a receiver', async () => {
    const paused = await ask('pause', 'receipts.mail');
    const counts = await ask('counts', '--json');
    const resumed = await ask('resume', 'receipts.mail');

    expect([paused.out, resumed.out]).toEqual([
      'receipts.mail is paused, on all machines.\n',
      'receipts.mail is resumed.\n',
    ]);
    expect(JSON.parse(counts.out)).toMatchObject([{ receiver: 'receipts.mail', paused: true }]);
    expect(await t.durable.counts()).toMatchObject([{ paused: false }]);
  });

  it.each([
    [['purge', '--yes'], 'UNKNOWN_OPTION', 'every receiver'],
    [['purge'], 'UNKNOWN_OPTION', 'Without --receiver, --id, --text or --failed-before it would forget'],
    [['remove', '--limit', '5'], 'UNKNOWN_OPTION', 'every receiver'],
    [['pause'], 'UNKNOWN_OPTION', 'UID is missing'],
    [['pause', 'nix'], 'JOB_WITHOUT_RECEIVER', 'name one of receipts.mail'],
    [['dead', '--limit', '0'], 'UNKNOWN_OPTION', 'a whole number from 1 up'],
    [['dead', '--failed-before', 'soon'], 'UNKNOWN_OPTION', "'soon' is no time"],
    [['dead', '--id', 'x'], 'UNKNOWN_OPTION', 'give ids of messages'],
    [['counts', '--schema', 'other'], 'SCHEMA_MISSING', 'name the schema of pgBoss({ schema })'],
    [['counts', '--schema', 'a"b'], 'UNKNOWN_OPTION', 'lower-case letters'],
    [['counts', '--url', 'postgresql://a:secret@127.0.0.1:1/x'], 'DATABASE_UNREACHABLE', 'ECONNREFUSED'],
    [['counts', '--url', 'secret'], 'DATABASE_UNREACHABLE', 'no URL of PostgreSQL'],
  ])('refuse %j with %s', async (args, code, text) => {
    const { code: exit, errors } = await ask(...args);

    expect(errors).toMatch(new RegExp(`^${code}: `));
    expect(errors).toContain(text);
    expect(errors).not.toMatch(/secret|^ {4}at /m);
    expect(exit).toBe(2);
  });

  it('need a database', async () => {
    const { code, errors } = await command(['counts']);

    expect(code).toBe(2);
    expect(errors).toMatch(/^DATABASE_UNREACHABLE: [^]*set DATABASE_URL/);
  });
});
