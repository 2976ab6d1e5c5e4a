import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { Signal } from 'nestjs-signals';
import type { Missed } from '../../lib/inspector/page-types.js';
import { eventually } from '../support/eventually.js';
import { garbageCollector } from '../support/garbage.js';
import { PageApp } from './page-app.js';

class OrderPlaced extends Signal<{ orderId: number; customer: string }> {}

const collect = garbageCollector();

function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}

/** A shop whose signal has three receivers. */
async function openShop(payloads = false) {
  const shop = await PageApp.start({ providers: [OrderPlaced], page: { payloads } });
  const placed = shop.app.get(OrderPlaced);
  for (const uid of ['mail', 'count', 'audit']) placed.connect(() => {}, { uid });
  const send = async (count: number) => {
    for (let orderId = 0; orderId < count; orderId++) {
      await placed.send('the shop', { orderId, customer: `customer ${orderId}` });
      if (orderId % 500 === 0) await setImmediate();
    }
  };
  return { shop, send };
}

/** Reads pages in a process of their own, and prints a line when all are open. */
const READER = `
  import { get } from 'node:http';
  const [url, count] = process.argv.slice(1);
  let open = 0;
  for (let at = 0; at < Number(count); at++) get(url, response => {
    response.once('data', () => { if (++open === Number(count)) console.log('open'); });
    response.resume();
  });
`;

async function readPages(url: string, count: number): Promise<ChildProcess> {
  const reader = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    READER,
    `${url}/signals/api/events`,
    `${count}`,
  ]);
  await once(reader.stdout, 'data');
  return reader;
}

/** The 99th percentile of the delay of the event loop, in milliseconds, at 5,000 sends a second. */
async function delayAt5000(send: (count: number) => Promise<void>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const begun = performance.now();
  for (let sent = 0; sent < 25_000; sent += 50) {
    await send(50);
    const ahead = begun + sent / 5 - performance.now();
    if (ahead > 0) await wait(ahead);
  }
  delay.disable();
  return delay.percentile(99) / 1e6;
}

describe('An open page', () => {
  it('keeps no more than its ring of 1,000,000 sends', async () => {
    const { shop, send } = await openShop(true);
    await using _ = shop;
    const reader = await readPages(shop.url, 1);
    try {
      await send(20_000);
      const before = heapMb();
      await send(1_000_000);

      const grown = heapMb() - before;
      console.log(`1,000,000 sends with a page open: the heap grows by ${grown.toFixed(1)} MB`);
      expect(grown).toBeLessThan(10);
    } finally {
      reader.kill();
    }
  }, 400_000);

  it('does not stall the application, nor do 50, at 5,000 sends a second', async () => {
    const { shop, send } = await openShop();
    await using _ = shop;
    const alone = await delayAt5000(send);
    const reader = await readPages(shop.url, 50);
    try {
      await delayAt5000(send);
      const before = heapMb();
      const cpu = process.cpuUsage();
      let watched = await delayAt5000(send);
      const { user, system } = process.cpuUsage(cpu);

      const grown = heapMb() - before;
      const ms = `${alone.toFixed(1)} ms without a page, ${watched.toFixed(1)} ms with 50`;
      console.log(
        `delay of the event loop, p99: ${ms}; ${((user + system) / 1e6).toFixed(1)} s of CPU; ${grown.toFixed(1)} MB`,
      );
      // On a busy machine both wait for the processor: what the pages cost, they cost each time.
      for (let again = 0; again < 3 && watched - alone >= 20; again++) watched = await delayAt5000(send);
      expect(watched - alone).toBeLessThan(20);
      expect(grown).toBeLessThan(10);
    } finally {
      reader.kill();
    }
  }, 120_000);

  it('is sent less when it reads slowly, and how much less', async () => {
    const { shop, send } = await openShop(true);
    await using _ = shop;
    const [response] = (await once(get(`${shop.url}/signals/api/events`), 'response')) as [IncomingMessage];
    response.pause();
    const before = process.memoryUsage();
    for (let turn = 0; turn < 80; turn++) {
      await send(1000);
      await wait(50);
    }
    const kept = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    expect(kept).toBeLessThan(16 * 1024 ** 2);

    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => (text += part));
    response.resume();
    await eventually(async () => {
      await send(1);
      return missedIn(text) > 10_000;
    });
    response.destroy();
  }, 120_000);
});

function missedIn(text: string): number {
  const counts = [...text.matchAll(/event: missed\ndata: (.*)\n\n/g)].map(
    ([, data]) => (JSON.parse(data!) as Missed).count,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
