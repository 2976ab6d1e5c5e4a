import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { type DurableApp, startDurable } from '../pg-boss/orders.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { quiet } from '../support/quiet.js';
import { CommandProcess } from './command-process.js';
import { temporaryFolder } from './temporary-folder.js';
import { KINDS } from './terminal.js';

quiet();
jest.setTimeout(120_000);
const folder = temporaryFolder();
const BOLD = '\u001B[1m';

describe('nestjs-signals in a pipe', () => {
  it('is silent when its reader has read enough, and keeps its exit code', async () => {
    const graph = join(folder, 'graph.json');
    writeFileSync(graph, '{ "version": 1, "signals": [] }');
    const [first, none, differing] = await Promise.all([
      CommandProcess.run(['list', KINDS], { shell: '"$@" | head -1' }),
      CommandProcess.run(['list', KINDS, '--format', 'json'], { shell: '"$@" | true' }),
      CommandProcess.run(['diff', graph, KINDS], { shell: '"$@" | true' }),
    ]);

    expect(first).toEqual({ code: 0, out: expect.stringMatching(/^OrderPlaced .*\n$/), errors: '' });
    expect(none).toEqual({ code: 0, out: '', errors: '' });
    expect(differing).toEqual({ code: 1, out: '', errors: '' });
  });

  it('prints all of what is longer than a pipe holds', async () => {
    const args = ['list', 'test/cli/fixtures/many-signals.ts', '--format', 'json'];
    const { code, out } = await CommandProcess.run(args, { shell: '"$@" | (read -r line; echo "$line"; cat)' });

    expect(code).toBe(0);
    expect(Buffer.byteLength(out)).toBeGreaterThan(65_536);
    expect(JSON.parse(out)).toMatchObject({ version: 1 });
  });

  it('fails when what it prints is lost', async () => {
    const { code, errors } = await CommandProcess.run(['list', KINDS], { shell: '"$@" > /dev/full' });

    expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining('ENOSPC') });
  });

  it('has colors on a terminal, and elsewhere if they are forced', async () => {
    const list = (options: ConstructorParameters<typeof CommandProcess>[1]) =>
      CommandProcess.run(['list', KINDS, '--signal', 'OrderPlaced'], options);
    const [terminal, plain, forced] = await Promise.all([
      list({ onTerminal: true }),
      list({ onTerminal: true, env: { NO_COLOR: '1' } }),
      list({ env: { FORCE_COLOR: '1' } }),
    ]);

    expect([terminal.code, plain.code, forced.code]).toEqual([0, 0, 0]);
    expect(terminal.out).toContain(`${BOLD}OrderPlaced`);
    expect(forced.out).toContain(`${BOLD}OrderPlaced`);
    expect(plain.out).toMatch(/^OrderPlaced /);
    expect(plain.out).not.toContain('\u001B');
  });
});

describe('An application that ends when it is loaded, or never goes on,', () => {
  it.each([
    ['calls process.exit()', 'a.cjs', 'process.exit(1)', /^ENTRY_INVALID: The application ended this process /],
    ['waits for ever', 'a.mjs', 'await new Promise(() => {})', /^ENTRY_INVALID: The application ended this process /],
    [
      'rejects a promise',
      'b.mjs',
      `Promise.reject(new Error('no redis')); await new Promise(setImmediate)`,
      /no redis/,
    ],
  ])('is an error, and not a difference: it %s', async (_, name, text, error) => {
    writeFileSync(join(folder, name), text);
    const { code, out, errors } = await CommandProcess.run(['list', name], { directory: folder });

    expect({ code, out, errors }).toEqual({ code: 2, out: '', errors: expect.stringMatching(error) });
  });
});

it('An older Node is refused in one sentence, before anything else is loaded', async () => {
  const preload = join(folder, 'older.mjs');
  writeFileSync(
    preload,
    `import { registerHooks } from 'node:module';
Object.defineProperty(process.versions, 'node', { value: '22.9.0' });
registerHooks({ load: (url, context, next) => {
  if (/\\/lib\\/(?!cli\\/main\\.ts$)/.test(url)) throw new SyntaxError(url);
  return next(url, context);
} });`,
  );
  const refused = await CommandProcess.run(['list'], { preload });

  expect(refused).toEqual({
    code: 2,
    out: '',
    errors: 'nestjs-signals needs Node.js 22.17 or newer, and this is 22.9.0.\n',
  });
});

describe('A question on a terminal', () => {
  let t: DurableApp;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    t = await startDurable({ config: { clientUrl: database.url } });
    const fail = () => {
      throw new Error('no');
    };
    t.placed.connect(fail, { uid: 'receipts.mail', delivery: durable({ retryLimit: 0 }) });
  });
  beforeEach(async () => {
    if ((await t.durable.dead()).length > 0) return;
    await t.placed.send('shop', { name: 'Zoë' });
    await t.settled();
  });
  afterAll(async () => {
    await t[Symbol.asyncDispose]();
    await database.drop();
  });

  const remove = async (keys: string) => {
    await using asked = new CommandProcess(['remove', '--receiver', 'receipts.mail'], {
      onTerminal: true,
      env: { DATABASE_URL: database.url },
    });
    await asked.answer('remove the messages with receiver receipts.mail? [y/N] ', keys);
    return { code: await asked.ended, out: asked.out.replaceAll('\r\n', '\n') };
  };

  it.each([
    ['n', 'n\r'],
    ['nothing', '\r'],
    ['the end of the input', '\u0004'],
    ['Ctrl-C', '\u0003'],
  ])('is not confirmed with %s', async (_, keys) => {
    const { code, out } = await remove(keys);

    expect(code).toBe(1);
    expect(out).toMatch(/\nNothing was changed\.\n$/);
    expect(await t.durable.dead()).toHaveLength(1);
  });

  it('is not asked of a pipe, even if it has an answer', async () => {
    const shell = 'echo y | "$@"';
    const { code, errors } = await CommandProcess.run(['remove', '--receiver', 'receipts.mail'], {
      shell,
      env: { DATABASE_URL: database.url },
    });

    expect({ code, errors }).toEqual({ code: 2, errors: expect.stringMatching(/^NOT_CONFIRMED: [^]*add --yes/) });
    expect(await t.durable.dead()).toHaveLength(1);
  });

  it('is confirmed with y', async () => {
    const { code, out } = await remove('y\r');

    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/\n1 message removed\.\n$/) });
    expect(await t.durable.dead()).toEqual([]);
  });
});
