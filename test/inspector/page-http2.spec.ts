import { FastifyAdapter } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { Signal } from 'nestjs-signals';
import { inProcess } from 'nestjs-signals/testing';
import { PageApp } from './page-app.js';

class OrderPlaced extends Signal {}

type Fastify = ConstructorParameters<typeof FastifyAdapter>[0];

/** Starts an application that listens for HTTP/2 without TLS, behind a proxy. */
async function started() {
  const shop = await PageApp.start({
    adapter: new FastifyAdapter({ http2: true } as Fastify),
    providers: [OrderPlaced],
    signals: { durable: inProcess() },
  });
  const session = connect(shop.url);
  const end = async () => {
    session.destroy();
    await shop[Symbol.asyncDispose]();
  };
  return { shop, session, [Symbol.asyncDispose]: end };
}

async function asked(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}, body?: object) {
  const stream = session.request({ ':path': `/signals/${path}`, ...(body && { ':method': 'POST' }), ...headers });
  stream.setEncoding('utf8').end(body && JSON.stringify(body));
  let text = '';
  stream.on('data', (part: string) => (text += part));
  const ended = once(stream, 'end');
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const until = async (part: string) => {
    while (!text.includes(part)) await once(stream, 'data');
    return text;
  };
  return { answer, until, ended };
}

describe('The live page over HTTP/2', () => {
  it('streams, without the headers that HTTP/2 forbids', async () => {
    await using t = await started();
    const { answer, until } = await asked(t.session, 'api/events');
    expect(answer).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    expect(Object.keys(answer).join()).not.toMatch(/connection|keep-alive|transfer-encoding|upgrade/);

    await t.shop.app.get(OrderPlaced).send('the shop');
    expect(await until('event: send')).toContain('event: hello');
  });

  it('knows what it has asked itself', async () => {
    await using t = await started();
    const operation = { operation: 'retry' };
    const json = { 'content-type': 'application/json', 'x-signals-inspector': '1' };
    const own = await asked(t.session, 'api/operations', { ...json, origin: t.shop.url }, operation);
    const foreign = await asked(t.session, 'api/operations', { ...json, origin: 'https://evil.example' }, operation);

    expect([own.answer[':status'], await own.until('}')]).toEqual([200, '{"count":0}']);
    expect(foreign.answer[':status']).toBe(403);
  });

  it('ends at once when the application closes, with fifty streams of one connection', async () => {
    await using t = await started();
    const streams = await Promise.all(Array.from({ length: 50 }, () => asked(t.session, 'api/events')));
    const before = performance.now();
    const closed = t.shop.app.close();
    await Promise.all(streams.map(({ ended }) => ended));
    // On Node 22 Fastify waits for connections that are idle.
    t.session.close();
    await closed;
    expect(performance.now() - before).toBeLessThan(4000);
  });
});
