import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { PageStream } from '../../lib/inspector/streams/page-stream.js';

/** A server, and a page that asks it and leaves it. */
const PROTOCOLS = {
  'HTTP/1.1': () => {
    const server = createServer();
    const ask = async (url: string) => (await once(get(url), 'response'))[0] as IncomingMessage;
    return { server, ask, leave: () => server.closeAllConnections() };
  },
  'HTTP/2': () => {
    const server = http2.createServer();
    let session: http2.ClientHttp2Session | undefined;
    const ask = async (url: string) => {
      session = http2.connect(url);
      const stream = session.request();
      await once(stream, 'response');
      return stream;
    };
    return { server, ask, leave: () => session?.destroy() };
  },
};

/** The two ends of one stream; what is sent to a page that is paused stays where it is. */
async function streamed(protocol: keyof typeof PROTOCOLS) {
  const { server, ask, leave } = PROTOCOLS[protocol]();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'request');
  const answered = ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [, response] = (await asked) as [unknown, ServerResponse];
  const stream = new PageStream(response, { page: 'this process', recent: 3 });
  const page = await answered;
  const close = async () => {
    leave();
    server.close();
  };
  let isGone = false;
  response.once('close', () => (isGone = true));
  const isClosed = () => isGone;
  return { stream, response, isClosed, leave, page: page.setEncoding('utf8'), [Symbol.asyncDispose]: close };
}

async function textOf(page: Readable, end: string): Promise<string> {
  let text = '';
  for await (const part of page.iterator({ destroyOnReturn: false })) {
    text += String(part);
    if (text.includes(end)) return text;
  }
  return text;
}

const MEGABYTE = Buffer.from(`data: ${'x'.repeat(1024 ** 2)}\n\n`);

/** Sends more than a connection takes. */
function fill(stream: PageStream): void {
  for (let at = 0; at < 50; at++) stream.send(MEGABYTE, 1, 0);
}

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('The stream of a page over %s', protocol => {
  it('begins with the process that it is of, and shows that it lives where nothing is sent', async () => {
    await using t = await streamed(protocol);
    t.stream.beat();

    expect(await textOf(t.page, ': \n\n')).toBe(
      'retry: 2000\nevent: hello\ndata: {"page":"this process","recent":3}\n\n: \n\n',
    );
  });

  it('keeps nothing for a page that is not read, and counts what it did not send', async () => {
    await using t = await streamed(protocol);
    t.page.pause();
    fill(t.stream);
    const kept = t.response.writableLength;
    for (let at = 0; at < 100; at++) t.stream.send(MEGABYTE, 10, 1);
    expect(t.response.writableLength).toBe(kept);

    let text = '';
    t.page.on('data', (part: string) => (text += part));
    const drained = once(t.response, 'drain');
    t.page.resume();
    await drained;
    t.stream.send('data: last\n\n', 1, 0);
    while (!text.includes('last')) await once(t.page, 'data');
    const [, missed] = /event: missed\ndata: \{"count":(\d+)\}\n\ndata: last/.exec(text) ?? [];
    expect(Number(missed) + text.split('data: x').length - 1).toBe(50 + 100 * 11);
  });

  it('ends for a page that has slept for a minute', async () => {
    await using t = await streamed(protocol);
    t.page.pause();
    t.page.on('error', () => {});
    fill(t.stream);
    const closed = once(t.response, 'close');
    for (let beats = 0; beats < 3; beats++) t.stream.beat();
    expect(t.isClosed()).toBe(false);
    t.stream.beat();
    await closed;
    expect(t.isClosed()).toBe(true);
  });

  it('is not written to once its connection is gone', async () => {
    await using t = await streamed(protocol);
    const closed = once(t.response, 'close');
    t.page.on('error', () => {});
    t.leave();
    t.stream.send(MEGABYTE, 1, 0);
    await closed;

    const kept = t.response.writableLength;
    t.stream.send(MEGABYTE, 1, 0);
    t.stream.beat();
    t.stream.close();
    expect(t.response.writableLength).toBe(kept);
  });
});
