import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Signal } from 'nestjs-signals';
import type { Missed } from '../../lib/inspector/page-types.js';
import { eventually } from '../support/eventually.js';
import { garbageCollector } from '../support/garbage.js';
import { openPages, sendAt5000 } from './open-pages.js';
import { PageApp } from './page-app.js';

class OrderPlaced extends Signal<{ orderId: number; customer: string }> {}

const collect = garbageCollector();

function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}

/** A shop whose signal has three receivers. */
async function openShop(metadata: Parameters<typeof PageApp.start>[0] = {}) {
  const shop = await PageApp.start({ providers: [OrderPlaced], ...metadata });
  const placed = shop.app.get(OrderPlaced);
  for (const uid of ['mail', 'count', 'audit']) placed.connect(() => {}, { uid });
  const send = async (count: number) => {
    for (let orderId = 0; orderId < count; orderId++) {
      await placed.send('the shop', { orderId, customer: `customer ${orderId}` });
      if (orderId % 500 === 0) await nextTurn();
    }
  };
  return { shop, send };
}

/** The writes of an application to its open pages, counted by turns of the event loop. */
class Writes {
  /** How many pages were written to in the turn that had the most. */
  mostInTurn = 0;
  /** How many sends were in the longest part. */
  mostSends = 0;
  readonly pages = new Set<ServerResponse>();
  private inTurn = 0;

  watch(response: ServerResponse): void {
    const write = response.write.bind(response) as (part: Buffer | string) => boolean;
    response.write = (part: Buffer | string) => {
      const text = String(part);
      if (text.startsWith('id: ')) this.note(response, text);
      return write(part);
    };
  }

  private note(response: ServerResponse, text: string): void {
    if (this.inTurn === 0) setImmediate(() => (this.inTurn = 0));
    this.mostInTurn = Math.max(this.mostInTurn, ++this.inTurn);
    this.mostSends = Math.max(this.mostSends, text.split('event: send').length - 1);
    this.pages.add(response);
  }
}

describe('An open page', () => {
  it('keeps no more than its ring of 1,000,000 sends', async () => {
    const { shop, send } = await openShop({ page: { payloads: true } });
    await using _ = shop;
    const reader = await openPages(shop.url, 1);
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

  // How long that delays others: npm run bench -- inspector.
  it('holds the event loop for five pages at most, of 50 at 5,000 sends a second, and keeps nothing of them', async () => {
    const writes = new Writes();
    const { shop, send } = await openShop({
      prepare: app =>
        app.use((_: unknown, response: ServerResponse, next: () => void) => (writes.watch(response), next())),
    });
    await using _ = shop;
    const reader = await openPages(shop.url, 50);
    try {
      await sendAt5000(send, 25_000);
      const before = heapMb();
      await sendAt5000(send, 25_000);

      expect(heapMb() - before).toBeLessThan(10);
      expect(writes.pages.size).toBe(50);
      expect(writes.mostInTurn).toBeLessThanOrEqual(5);
      expect(writes.mostSends).toBeLessThanOrEqual(40);
    } finally {
      reader.kill();
    }
  }, 120_000);

  it('is sent less when it reads slowly, and how much less', async () => {
    const { shop, send } = await openShop({ page: { payloads: true } });
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
