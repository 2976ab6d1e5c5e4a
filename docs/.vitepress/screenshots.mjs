import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentFailure } from 'nestjs-signals';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { fakeReceiver, settled } from 'nestjs-signals/testing';
import { chromium } from 'playwright-core';
import { Shop } from '../../sample/shop/dist/shop.js';
import { Visitor } from '../../sample/shop/dist/visitor.js';

// Makes the pictures of the live page in docs/images: the shop runs, somebody orders, and some receipts cannot be mailed.

const IMAGES = join(import.meta.dirname, '..', 'images');
const MOST_KB = 150;
const VIEWS = ['now', 'graph', 'durable'];

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''].find(existsSync);
if (executablePath === undefined) throw new Error('Chromium is not installed. Debian: apt-get install chromium');

await mkdir(IMAGES, { recursive: true });
await using shop = await Shop.open({ logger: false });
await using browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

const watching = await browser.newPage();
await open(watching, 'now');
await story();
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 800 } });
  for (const view of VIEWS) {
    await open(page, view);
    const path = join(IMAGES, `live-page-${view}-${colorScheme}.png`);
    await page.screenshot({ path });
    const kilobytes = Math.ceil((await stat(path)).size / 1024);
    console.log(`${path}: ${kilobytes} KB`);
    if (kilobytes > MOST_KB) throw new Error(`${path} has more than ${MOST_KB} KB.`);
  }
}

async function open(page, view) {
  await page.goto(`${shop.url}/signals/#${view === 'graph' ? 'signals' : view}`);
  await page.reload();
  await page.getByText('Live', { exact: true }).waitFor();
  if (view === 'graph') await page.getByRole('button', { name: 'Graph' }).click();
  const ready = { now: page === watching ? '.empty' : 'li.send', graph: '.box.receiver', durable: '.messages li' }[
    view
  ];
  await page.locator(ready).first().waitFor();
}

async function story() {
  const visitor = new Visitor(shop);
  const account = { email: 'ann@example.org', password: 'correct horse battery' };
  const order = { lines: [{ productId: 1, quantity: 2 }] };
  await visitor.post('/customers', { name: 'Ann', ...account });
  await visitor.post('/login', { ...account, password: 'a wrong guess' });
  await visitor.post('/login', account);
  for (const error of [
    'The printer is out of paper',
    'The printer is out of paper',
    'The mail server refuses ann@example.org',
  ]) {
    const down = fakeReceiver(shop.app, 'receipts.mail', () => {
      throw new PermanentFailure(error);
    });
    await visitor.post('/orders', order);
    await settled(shop.app, { timeoutMs: 20_000 }).catch(() => {});
    down[Symbol.dispose]();
  }
  await visitor.post('/orders', order);
  await settled(shop.app, { timeoutMs: 20_000 });
  const dead = await shop.app.get(DurableSignals).dead();
  if (dead.length !== 3) throw new Error(`${dead.length} messages are dead instead of 3.`);
}
