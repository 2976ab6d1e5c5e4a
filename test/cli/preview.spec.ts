import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { SignalRegistry } from 'nestjs-signals';
import type { SignalGraph } from 'nestjs-signals/inspector';
import { nameOf } from '../../lib/core/index.js';
import { TestShop } from '../sample/fixtures/test-shop.js';
import { CommandProcess } from './command-process.js';
import { temporaryFolder } from './temporary-folder.js';
import { command } from './terminal.js';

jest.setTimeout(120_000);
const folder = temporaryFolder();
const SHOP = 'sample/shop/signals.ts';

/** Lists in a process, and returns what that process has opened and started. */
async function watched(entry: string) {
  const file = join(folder, 'watched.json');
  const ended = await CommandProcess.run(['list', entry], {
    preload: join(import.meta.dirname, 'fixtures/watch.mjs'),
    // A pipe would be one that the process opens.
    shell: `"$@" < /dev/null > ${folder}/out 2> ${folder}/errors`,
    env: { SIGNALS_WATCHED: file, DATABASE_URL: 'postgresql://user@127.0.0.1:1/none' },
  });
  const [out, errors] = ['out', 'errors'].map(name => readFileSync(join(folder, name), 'utf8'));
  return { code: ended.code, out, errors, opened: JSON.parse(readFileSync(file, 'utf8')) as string[] };
}

describe('A preview', () => {
  it('opens no port and no database, and starts no process', async () => {
    const { code, out, errors, opened } = await watched(SHOP);

    expect({ code, errors, opened }).toEqual({ code: 0, errors: '', opened: [] });
    expect(out).toContain('receipts.mail  durable');
  });

  it('runs no constructor, factory, hook or receiver', async () => {
    const { code, out, errors, opened } = await watched('test/cli/fixtures/reckless.ts');

    expect({ code, errors, opened }).toEqual({ code: 0, errors: '', opened: [] });
    expect(out).toContain('1. Receiver.receive  inline');
  });

  it('is seen to open what the files of an application open when they are loaded', async () => {
    const entry = join(folder, 'opens.mjs');
    writeFileSync(
      entry,
      `import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
createServer().listen(0, '127.0.0.1').unref();
spawn('true').unref();
spawnSync('true');`,
    );
    const { code, opened } = await watched(entry);

    expect(code).toBe(2);
    expect(opened).toEqual(expect.arrayContaining(['PROCESSWRAP', 'TCPSERVERWRAP', 'spawnSync']));
  });
});

it('The list of the shop has the receivers of the running shop, in their order', async () => {
  const { out } = await command(['list', SHOP, '--format', 'json']);
  await using shop = await TestShop.open();
  const running = shop.app.get(SignalRegistry).receivers();
  const { signals } = JSON.parse(out) as SignalGraph;

  const facts = (uid: string, where: string, delivery: string, senders: readonly string[]) =>
    `${uid} ${where} ${delivery} ${senders.join()}`;
  expect(signals.flatMap(({ receivers }) => receivers)).toHaveLength(running.length);
  for (const { class: type, receivers } of signals) {
    const ofSignal = running.filter(({ signal }) => signal.name === type);
    expect(receivers.map(one => facts(one.uid, one.where, one.delivery, one.senders))).toEqual(
      ofSignal.map(one => facts(one.uid, one.where, one.delivery, one.senders.map(nameOf))),
    );
  }
});
