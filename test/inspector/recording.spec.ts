import { jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { type IncomingMessage, request, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { OnSignal, RequestFinished, RequestStarted, Signal, SignalRegistry } from 'nestjs-signals';
import { observation } from '../../lib/core/index.js';
import { Deliveries } from '../../lib/inspector/recording/deliveries.js';
import { RecentSends } from '../../lib/inspector/recording/recent-sends.js';
import { Recording } from '../../lib/inspector/recording/recording.js';
import { ADAPTERS, PageApp } from './page-app.js';

class OrderPlaced extends Signal<{ orderId: number }> {}

@Injectable()
class AccessLog {
  readonly paths: string[] = [];

  @OnSignal(RequestFinished)
  log({ request: { url } }: { request: { url: string } }): void {
    this.paths.push(url);
  }

  @OnSignal(RequestStarted)
  start(): void {}
}

const SETTINGS = {
  path: '',
  isOn: true,
  guards: [],
  operations: false,
  record: true,
  recent: 3,
  payloads: false,
  slowMs: 5,
};

function isWatched(): boolean {
  return observation.send.start.hasSubscribers || observation.receive.start.hasSubscribers;
}

describe('A recording', () => {
  afterEach(() => jest.useRealTimers());

  it('observes nothing until a page is open, and for no more than a minute after the last was closed', () => {
    jest.useFakeTimers();
    const recording = new Recording(new SignalRegistry(), SETTINGS, () => false, new Deliveries(), undefined);
    expect(isWatched()).toBe(false);

    recording.begin();
    recording.begin();
    recording.end();
    jest.advanceTimersByTime(120_000);
    expect(isWatched()).toBe(true);
    recording.end();
    jest.advanceTimersByTime(59_000);
    recording.begin();
    jest.advanceTimersByTime(59_000);
    expect(isWatched()).toBe(true);
    recording.end();
    jest.advanceTimersByTime(60_000);
    expect(isWatched()).toBe(false);
  });

  it('keeps the last sends, and says how many are gone', () => {
    const sends = new RecentSends(3);
    const add = (id: string) => sends.add({ id, signal: 'OrderPlaced', slowMs: 5 });
    const idsOf = (some: { sends: readonly { id: string }[]; missed: number }) => [
      some.sends.map(({ id }) => id),
      some.missed,
    ];
    for (const id of 'abcde') add(id);

    expect(idsOf(sends.since(0))).toEqual([['c', 'd', 'e'], 2]);
    // Rather twice than not at all: the last one may have changed since.
    expect(idsOf(sends.since(4))).toEqual([['d', 'e'], 0]);
    expect(idsOf(sends.since(1))).toEqual([['c', 'd', 'e'], 1]);
    const known = sends.get('c')!;
    known.end();
    sends.change(known);
    expect(idsOf(sends.since(5))).toEqual([['c', 'e'], 0]);
  });

  it('sends pages first what they have already and what has failed, and counts the rest', () => {
    const sends = new RecentSends(100);
    const add = (id: string) => sends.add({ id, signal: 'OrderPlaced', slowMs: 5 });
    const first = add('first');
    expect(sends.takeChanged(2)).toMatchObject({ missed: 0 });
    for (let at = 0; at < 50; at++) add(`${at}`);
    first.end();
    sends.change(first);
    sends.get('7')!.end('Error: no');

    const { sends: taken, missed } = sends.takeChanged(3);
    expect(taken.map(({ id }) => id)).toEqual(['first', '7', '49']);
    expect(missed).toBe(48);
    expect(sends.takeChanged(3)).toEqual({ sends: [], missed: 0 });
  });
});

describe.each(ADAPTERS)('Pages on %s', adapter => {
  it('are sent, when they come again, what they do not have, and how much of it is gone', async () => {
    await using shop = await PageApp.start({ adapter, providers: [OrderPlaced], page: { recent: 5 } });
    const place = async (count: number) => {
      for (let orderId = 0; orderId < count; orderId++) await shop.app.get(OrderPlaced).send('the shop', { orderId });
    };
    const page = await shop.open();
    await place(2);
    await page.until(() => page.sends.size === 2);
    page.close();
    await place(9);

    const again = await shop.open(undefined, { 'last-event-id': page.lastEventId! });
    await again.until(() => again.sends.size === 5);
    expect(again.hello).toEqual(page.hello);
    expect(again.missed).toBe(4);
    const stranger = await shop.open(undefined, { 'last-event-id': '17' });
    await stranger.until(() => stranger.sends.size === 5);
  });

  it('are sent all that is kept when they come from another process, which began in the same millisecond', async () => {
    using _now = jest.spyOn(Date, 'now').mockReturnValue(1_900_000_000_000);
    const start = () => PageApp.start({ adapter, providers: [OrderPlaced], page: { recent: 5 } });
    await using one = await start();
    await using other = await start();
    const page = await one.open();
    await one.app.get(OrderPlaced).send('the shop', { orderId: 1 });
    await page.until(() => page.sends.size === 1);
    const first = await other.open();
    for (let orderId = 0; orderId < 9; orderId++) await other.app.get(OrderPlaced).send('the shop', { orderId });
    await first.until(() => first.sends.size >= 5);

    const moved = await other.open(undefined, { 'last-event-id': page.lastEventId! });
    await moved.until(() => moved.sends.size === 5);
    expect(moved.missed).toBe(0);
    expect(moved.hello).not.toEqual(page.hello);
  });

  it('show no request of their own', async () => {
    await using shop = await PageApp.start({ adapter, providers: [AccessLog, OrderPlaced] });
    const page = await shop.open();
    await shop.state();
    await shop.get('/signals/api/dead');
    await shop.get('/orders');
    await page.send('RequestFinished');
    await shop.state();
    await shop.app.get(OrderPlaced).send('the shop', { orderId: 1 });
    await page.send('OrderPlaced');

    expect([...page.sends.values()].map(({ signal }) => signal)).toEqual([
      'RequestStarted',
      'RequestFinished',
      'OrderPlaced',
    ]);
    expect(shop.app.get(AccessLog).paths).toContain('/signals/api/state');
  });

  it('show the sends of their own application only', async () => {
    const start = () => PageApp.start({ adapter, providers: [OrderPlaced] });
    await using shop = await start();
    await using other = await start();
    const [page, otherPage] = [await shop.open(), await other.open()];

    await other.app.get(OrderPlaced).send('the other shop', { orderId: 1 });
    await shop.app.get(OrderPlaced).send('the shop', { orderId: 1 });
    expect(await page.send('OrderPlaced')).toMatchObject({ sender: '"the shop"' });
    expect(await otherPage.send('OrderPlaced')).toMatchObject({ sender: '"the other shop"' });
    expect([page.sends.size, otherPage.sends.size]).toEqual([1, 1]);
    expect(page.hello!.page).not.toBe(otherPage.hello!.page);
  });

  it('record nothing where they must not', async () => {
    await using shop = await PageApp.start({ adapter, providers: [OrderPlaced], page: { record: false } });
    const page = await shop.open();

    expect((await shop.state()).recording).toBe(false);
    expect(isWatched()).toBe(false);
    expect(page.hello).toBeDefined();
  });

  it('show what is slow, and what runs', async () => {
    await using shop = await PageApp.start({ adapter, providers: [OrderPlaced], page: { slowMs: 20 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    shop.app.get(OrderPlaced).connect(() => promise, { uid: 'slow' });
    const page = await shop.open();
    const sent = shop.app.get(OrderPlaced).send('the shop', { orderId: 1 });

    const running = await page.send('OrderPlaced', () => true);
    expect(running).toMatchObject({ slow: false, receivers: [{ receiver: 'slow', state: 'running' }] });
    expect(running.ms).toBeUndefined();
    resolve();
    await sent;
    const ended = await page.send('OrderPlaced');
    expect(ended).toMatchObject({ id: running.id, slow: true, receivers: [{ state: 'ok' }] });
    expect(ended.ms).toBeGreaterThan(20);
  });
});

describe('The live page behind others', () => {
  it('is sent at once through a middleware that compresses', async () => {
    await using shop = await PageApp.start({
      providers: [OrderPlaced],
      prepare: app =>
        app.use((_: IncomingMessage, response: import('node:http').ServerResponse, next: () => void) => {
          compress(response);
          next();
        }),
    });
    const page = await shop.open();
    await shop.app.get(OrderPlaced).send('the shop', { orderId: 1 });

    expect(await page.send('OrderPlaced')).toMatchObject({ failed: false });
    expect(page.response.headers.get('content-encoding')).toBe('gzip');
  });

  it('works below a path that a proxy takes away', async () => {
    await using shop = await PageApp.start({ providers: [OrderPlaced] });
    const proxy = createServer((incoming, outgoing) => {
      const path = incoming.url!.replace(/^\/tools\/shop/, '');
      const forwarded = request(shop.url + path, { method: incoming.method!, headers: incoming.headers }, answer => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    });
    const url = await listening(proxy);
    try {
      const shell = await fetch(`${url}/tools/shop/signals`);
      expect([shell.status, shell.url]).toEqual([200, `${url}/tools/shop/signals/live`]);
      const [, script] = /src="([^"]+)"/.exec(await shell.text())!;
      const loaded = await fetch(new URL(script!, shell.url));
      expect([loaded.status, loaded.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
      const known = await fetch(new URL(script!, shell.url), {
        headers: { 'if-none-match': loaded.headers.get('etag')! },
      });
      expect(known.status).toBe(304);
    } finally {
      proxy.close();
      proxy.closeAllConnections();
    }
  });
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Compresses a response as the middleware of Express does: output waits until there is enough of it, or a flush. */
function compress(response: import('node:http').ServerResponse): void {
  const gzip = createGzip();
  const [write, end] = [response.write.bind(response), response.end.bind(response)];
  const isStream = () => String(response.getHeader('content-type')).startsWith('text/event-stream');
  const flushHeaders = response.flushHeaders.bind(response);
  response.flushHeaders = () => {
    if (isStream()) response.setHeader('content-encoding', 'gzip');
    flushHeaders();
  };
  gzip.on('data', (part: Buffer) => write(part));
  gzip.on('end', () => end());
  Object.assign(response, {
    flush: () => gzip.flush(),
    write: (part: Buffer) => (isStream() ? gzip.write(part) : write(part)),
    end: (part?: Buffer) => (isStream() ? gzip.end(part) : end(part)),
  });
}
