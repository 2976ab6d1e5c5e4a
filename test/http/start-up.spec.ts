import { Controller, Get, Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { jest } from '@jest/globals';
import { GotRequestException, RequestFinished, RequestStarted, type Signal, SignalsModule } from 'nestjs-signals';
import { RequestRecord } from './request-record.js';
import { ADAPTERS, RequestApp } from './request-app.js';

@Controller()
class Routes {
  @Get('ok')
  ok() {
    return {};
  }

  @Get('fails')
  fails() {
    throw new Error('fails');
  }
}

function filtersOn(type: Function): unknown {
  return Reflect.getMetadata('__exceptionFilters__', type);
}

describe.each(ADAPTERS)('On %s, an application', adapter => {
  const start = (more: Partial<Parameters<typeof RequestApp.start>[0]> = {}) =>
    RequestApp.start({ adapter, controllers: [Routes], isHeard: false, ...more });

  it('without a receiver of a request signal watches no request', async () => {
    await using app = await start();

    expect((await app.get('/ok')).status).toBe(200);
    expect((app.app.getHttpAdapter() as unknown as { onRequestHook?: unknown }).onRequestHook).toBeUndefined();
    expect(filtersOn(Routes)).toBeUndefined();
  });

  it.each([RequestStarted, RequestFinished, GotRequestException])(
    'without one when it starts refuses a later one of %p, with the option to give',
    async signal => {
      await using app = await start();

      expect(() => app.app.get<Signal>(signal).connect(() => {})).toThrow(
        expect.objectContaining({ code: 'DELIVERY_NOT_AVAILABLE', message: expect.stringContaining('http: true') }),
      );
    },
  );

  it('without one when it starts refuses one that waits for onModuleInit, and does not start', async () => {
    @Injectable()
    class Late implements OnModuleInit {
      constructor(private readonly finished: RequestFinished) {}

      onModuleInit() {
        this.finished.connect(() => {});
      }
    }

    await expect(start({ providers: [Late] })).rejects.toMatchObject({ code: 'DELIVERY_NOT_AVAILABLE' });
  });

  it('with one that is connected in a constructor watches its requests', async () => {
    const statuses: number[] = [];
    @Injectable()
    class Eager {
      constructor(finished: RequestFinished) {
        finished.connect(({ statusCode }) => void statuses.push(statusCode));
      }
    }
    await using app = await start({ providers: [Eager] });

    await app.get('/ok');
    await app.app.close();

    expect(statuses).toEqual([200]);
  });

  it('with one that a factory makes watches its requests', async () => {
    const recorded = { provide: RequestRecord, useFactory: () => new RequestRecord() };
    await using app = await start({ providers: [recorded] });

    await app.get('/fails');
    await app.recorded.finished();

    expect(app.recorded.names).toEqual(['started', 'exception', 'finished']);
    expect(app.recorded.of('exception')[0]!.sender).toBe(Routes);
  });

  it('with `http: true` watches its requests for receivers that come later, and leaves', async () => {
    await using app = await start({ options: { http: true } });
    await app.get('/ok');
    const statuses: number[] = [];
    const done = Promise.withResolvers<void>();
    const finished = app.app.get(RequestFinished).connect(({ statusCode }) => {
      statuses.push(statusCode);
      done.resolve();
    });

    await app.get('/nowhere');
    await done.promise;
    finished.disconnect();
    await app.get('/ok');

    expect(statuses).toEqual([404]);
  });

  it('with `http: true` sends to those too whose module is loaded later', async () => {
    await using app = await start({ options: { http: true } });
    @Module({ providers: [RequestRecord] })
    class LazyModule {}
    const module = await app.app.get(LazyModuleLoader).load(() => LazyModule);
    const recorded = module.get(RequestRecord);

    await app.get('/ok');
    await recorded.finished();

    expect(recorded.names).toEqual(['started', 'finished']);
  });

  it('without one when it starts answers its requests all the same when a later module has one, and logs that', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    await using app = await start();
    @Module({ providers: [RequestRecord] })
    class LazyModule {}
    await app.app.get(LazyModuleLoader).load(() => LazyModule);

    const statuses = [(await app.get('/ok')).status, (await app.get('/ok')).status];
    const logged = error.mock.calls.map(([line]) => String(line));
    error.mockRestore();

    expect(statuses).toEqual([200, 200]);
    expect(logged).toEqual([expect.stringMatching(/RequestStarted[^]*RequestRecord.onStarted[^]*http: true/)]);
  });

  it('with `http: false` watches none, warns about receivers, and refuses later ones', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using app = await start({ isHeard: true, options: { http: false } });
    const warned = warn.mock.calls.flat();
    warn.mockRestore();

    await app.get('/fails');

    expect(app.recorded.names).toEqual([]);
    for (const [uid, signal] of [
      ['onStarted', 'RequestStarted'],
      ['onException', 'GotRequestException'],
      ['onFinished', 'RequestFinished'],
    ]) {
      expect(warned).toContain(
        `RequestRecord.${uid} receives ${signal}, which nothing in this application sends: ` +
          '`SignalsModule.forRoot({ http: false })`.',
      );
    }
    expect(() => app.app.get(RequestStarted).connect(() => {})).toThrow(
      expect.objectContaining({ code: 'DELIVERY_NOT_AVAILABLE' }),
    );
  });

  it('that has shut down leaves nothing on its controllers', async () => {
    const app = await start({ isHeard: true });
    expect(filtersOn(Routes)).toHaveLength(1);

    await app.app.close();

    expect(filtersOn(Routes)).toBeUndefined();
  });

  it('reports its own requests only, although another has the same controllers', async () => {
    await using one = await start({ isHeard: true });
    await using two = await start({ isHeard: true });

    await one.get('/fails');
    await one.recorded.finished();

    expect(one.recorded.names).toEqual(['started', 'exception', 'finished']);
    expect(two.recorded.names).toEqual([]);
  });
});

describe('The option http', () => {
  it('is refused when it is not true or false', async () => {
    const options = { http: 'yes' as unknown as boolean };

    await expect(RequestApp.start({ options })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    await expect(RequestApp.start({ options })).rejects.toThrow(/'http'[^]*true or false/);
  });

  it('changes nothing where there is no server', async () => {
    await using app = await RequestApp.start({ options: { http: true } });
    const { Test } = await import('@nestjs/testing');
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot({ http: true })],
      providers: [RequestRecord],
    }).compile();
    await module.init();

    expect(module.get(RequestRecord).names).toEqual([]);
    await module.close();
    expect((app.app.getHttpAdapter() as FastifyAdapter).getType()).toBe('express');
  });
});
