import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SignalsModule } from 'nestjs-signals';
import { RequestRecord } from './request-record.js';
import { ADAPTERS } from './request-app.js';

@Controller()
class Routes {
  @Get('ok')
  ok() {
    return {};
  }
}

@Module({ imports: [SignalsModule.forRoot()], providers: [RequestRecord], controllers: [Routes] })
class AppModule {}

type Done = (error?: unknown) => void;
type Hook = (request: object, reply: object, done: Done) => unknown;

/** The single slot for a request hook that a `FastifyAdapter` has. */
interface Slot {
  onRequestHook?: Hook;
  setOnRequestHook(hook: Hook): void;
}

const ADAPTER = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

async function makeFastify(adapter = new FastifyAdapter()): Promise<[NestFastifyApplication, Slot]> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter, { logger: false });
  return [app, adapter as unknown as Slot];
}

describe.each(ADAPTERS)('On %s, RequestStarted', adapter => {
  it('comes before middleware of main.ts, also when that answers itself', async () => {
    const app = await NestFactory.create(AppModule, ADAPTER[adapter](), { logger: false });
    const recorded = app.get(RequestRecord);
    app.use((_: object, response: { end(text: string): void }) => {
      response.end(recorded.names.join());
    });
    await app.listen(0, '127.0.0.1');

    const response = await fetch(`${await app.getUrl()}/ok`);

    expect(await response.text()).toBe('started');
    await recorded.finished();
    expect(recorded.names).toEqual(['started', 'finished']);
    await app.close();
  });
});

describe('On fastify, the one place in front of all', () => {
  it('is shared with who has it before', async () => {
    const order: string[] = [];
    const adapter = new FastifyAdapter();
    (adapter as unknown as Slot).setOnRequestHook((_request, _reply, done) => {
      order.push('theirs');
      done();
    });
    const [app] = await makeFastify(adapter);
    app.get(RequestRecord).objection.started = () => void order.push('started');
    await app.init();

    await app.inject('/ok');

    expect(order).toEqual(['started', 'theirs']);
    await app.close();
  });

  it.each([
    ['calls back', (_: object, __: object, done: Done) => done()],
    ['gives a promise', () => Promise.resolve()],
    ['does both', async (_: object, __: object, done: Done) => done()],
  ])('is shared with who takes it later and %s', async (_, hook: Hook) => {
    const order: string[] = [];
    const [app, slot] = await makeFastify();
    slot.setOnRequestHook((...all) => {
      order.push('theirs');
      return hook(...all);
    });
    app.get(RequestRecord).objection.started = () => void order.push('started');
    await app.init();

    expect((await app.inject('/ok')).statusCode).toBe(200);

    expect(order).toEqual(['started', 'theirs']);
    await app.close();
  });

  it('is shared with callers of the function that was there before', async () => {
    const order: string[] = [];
    const [app, slot] = await makeFastify();
    const before = slot.onRequestHook!;
    slot.setOnRequestHook((request, reply, done) => {
      order.push('theirs');
      return before(request, reply, done);
    });
    app.get(RequestRecord).objection.started = () => void order.push('started');
    await app.init();

    expect((await app.inject('/ok')).statusCode).toBe(200);

    expect(order).toEqual(['started', 'theirs']);
    await app.close();
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('theirs fails'))],
    ['calls back', (_: object, __: object, done: Done) => done(new Error('theirs fails'))],
    [
      'throws',
      () => {
        throw new Error('theirs fails');
      },
    ],
  ])('answers with what goes wrong there: who is there %s', async (_, hook: Hook) => {
    const [app, slot] = await makeFastify();
    slot.setOnRequestHook(hook);
    await app.init();
    const recorded = app.get(RequestRecord);

    expect((await app.inject('/ok')).statusCode).toBe(500);
    await recorded.finished();

    expect(recorded.names).toEqual(['started', 'exception', 'finished']);
    await app.close();
  });

  it('may be taken while the application runs: its requests are reported, a little later', async () => {
    const [app, slot] = await makeFastify();
    await app.init();
    slot.setOnRequestHook((_request, _reply, done) => done());
    const recorded = app.get(RequestRecord);

    await app.inject('/ok');
    await recorded.finished();

    expect(recorded.names).toEqual(['started', 'finished']);
    await app.close();
  });
});

it('An application that is mounted in another server reports its own requests', async () => {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.init();
  const server = express()
    .get('/outside', (_, response) => void response.json({}))
    .use('/mounted', app.getHttpAdapter().getInstance() as express.Express)
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const recorded = app.get(RequestRecord);

  await fetch(`${url}/outside`);
  const { status } = await fetch(`${url}/mounted/ok`);
  await recorded.finished();

  expect(status).toBe(200);
  expect(recorded.names).toEqual(['started', 'finished']);
  server.close();
  await app.close();
});
