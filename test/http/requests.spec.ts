import { Controller, Get, HttpCode, type MessageEvent, Post, Res, Sse } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { Agent, request as httpRequest, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { from, NEVER, type Observable, startWith } from 'rxjs';
import { ADAPTERS, RequestApp } from './request-app.js';

type AnyResponse = ServerResponse & { readonly raw?: ServerResponse };

@Controller()
class Routes {
  @Get('ok')
  ok() {
    return { ok: true };
  }

  @Post('made')
  @HttpCode(202)
  made() {
    return {};
  }

  @Get('by-hand')
  byHand(@Res() response: AnyResponse) {
    const raw = response.raw ?? response;
    raw.statusCode = 203;
    raw.end('by hand');
  }

  @Sse('few')
  few(): Observable<MessageEvent> {
    return from([{ data: 'one' }, { data: 'two' }]);
  }

  @Sse('many')
  many(): Observable<MessageEvent> {
    return NEVER.pipe(startWith({ data: 'one' }));
  }

  @Get('slow')
  slow() {
    return new Promise(() => {});
  }
}

describe.each(ADAPTERS)('On %s, a request', adapter => {
  let app: RequestApp;
  const classes = { express: ExpressAdapter, fastify: FastifyAdapter };

  beforeAll(async () => {
    app = await RequestApp.start({ adapter, controllers: [Routes] });
  });

  beforeEach(() => {
    app.recorded.take();
    app.recorded.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('is reported when it comes in and when its response has been sent, by the class of the adapter', async () => {
    await app.get('/ok', { 'x-request': 'mine' });
    await app.recorded.finished();

    const [started, finished] = app.recorded.all;
    expect(app.recorded.names).toEqual(['started', 'finished']);
    expect(started!.sender).toBe(classes[adapter]);
    expect(finished!.sender).toBe(classes[adapter]);
    expect(finished!.payload.request).toBe(started!.payload.request);
    expect(started!.payload.request.headers['x-request']).toBe('mine');
    expect(finished!.payload).toMatchObject({ statusCode: 200, aborted: false });
    expect(app.recorded.of('finished')[0]!.payload.durationMs).toBeGreaterThan(0);
  });

  it.each([
    { path: '/made', method: 'POST', statusCode: 202 },
    { path: '/ok', method: 'HEAD', statusCode: 200 },
    { path: '/nowhere', method: 'GET', statusCode: 404 },
    { path: '/ok', method: 'DELETE', statusCode: 404 },
    { path: '/by-hand', method: 'GET', statusCode: 203 },
    { path: '/few', method: 'GET', statusCode: 200 },
  ])('of $method $path is reported once, with status $statusCode', async ({ path, method, statusCode }) => {
    const response = await fetch(app.url + path, { method });
    await response.text();
    await app.recorded.finished();

    expect(response.status).toBe(statusCode);
    expect(app.recorded.of('finished')[0]!.payload).toMatchObject({ statusCode, aborted: false });
    expect(app.recorded.names).toEqual(['started', 'finished']);
  });

  it('with a body that cannot be read is reported, and is no exception', async () => {
    const response = await app.post('/made', '{ not json');
    await app.recorded.finished();

    expect(response.status).toBe(400);
    expect(app.recorded.names).toEqual(['started', 'finished']);
  });

  it('is reported once for each on a connection that is kept', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let at = 0; at < 3; at++) {
      const [response] = (await once(httpRequest(`${app.url}/ok`, { agent }).end(), 'response')) as [
        NodeJS.ReadableStream,
      ];
      await once(response.resume(), 'end');
    }
    agent.destroy();
    await app.recorded.finished(3);

    expect(app.recorded.names).toEqual(Array.from({ length: 3 }, () => ['started', 'finished']).flat());
    expect(new Set(app.recorded.of('finished').map(({ payload }) => payload.request)).size).toBe(3);
  });

  it.each([
    { path: '/slow', waits: 'before it is answered' },
    { path: '/many', waits: 'while it is answered' },
  ])('that the client gives up $waits is reported as aborted', async ({ path }) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const arrived = new Promise<void>(resolve => void (app.recorded.objection.started = () => resolve()));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
    await (path === '/many' ? once(socket, 'data') : arrived);
    socket.destroy();
    await app.recorded.finished();

    expect(app.recorded.of('finished')[0]!.payload).toMatchObject({ statusCode: 200, aborted: true });
    expect(app.recorded.names).toEqual(['started', 'finished']);
  });
});
