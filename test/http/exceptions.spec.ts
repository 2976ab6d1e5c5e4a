import { Injectable, Scope } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BrokenShop, CatchAll, FailingModule, FilteredShop, OutOfStock, ScopedShop, Shop } from './failing-routes.js';
import { ADAPTERS, RequestApp } from './request-app.js';

const outside = new AsyncResource('outside of every request');

/** Middleware of main.ts. */
function failAt(request: IncomingMessage, _: ServerResponse, next: (error?: unknown) => void): void {
  if (request.url === '/main/thrown') throw new OutOfStock('main.ts');
  if (request.url === '/main/given') next(new OutOfStock('main.ts'));
  else if (request.url === '/main/later') setImmediate(() => next(new OutOfStock('main.ts')));
  else if (request.url === '/main/lost') outside.runInAsyncScope(() => next(new OutOfStock('main.ts')));
  else next();
}

@Injectable({ scope: Scope.REQUEST })
class ScopedCatchAll extends CatchAll {}

const EVERY_FILTER = [
  { filters: 'no filter', providers: [], prepare: undefined },
  { filters: 'a filter of main.ts', providers: [], prepare: new CatchAll() },
  { filters: 'a filter that is provided', providers: [{ provide: APP_FILTER, useClass: CatchAll }] },
  { filters: 'a request-scoped filter', providers: [{ provide: APP_FILTER, useClass: ScopedCatchAll }] },
];

const REPORTED = [
  { path: '/shop/route', sender: Shop },
  { path: '/shop/later', sender: Shop },
  { path: '/shop/guard', sender: Shop },
  { path: '/shop/pipe/1', sender: Shop },
  { path: '/shop/interceptor', sender: Shop },
  { path: '/shop/text', sender: Shop },
  { path: '/shop/after-answer', sender: Shop },
  { path: '/shop/unavailable', sender: Shop },
  { path: '/shop/internal', sender: Shop },
  { path: '/shop/method-filter', sender: Shop },
  { path: '/shop/rethrown', sender: Shop },
  { path: '/shop/inherited', sender: Shop },
  { path: '/filtered/route', sender: FilteredShop },
  { path: '/filtered/inherited', sender: FilteredShop },
  { path: '/filtered/inherited-filter', sender: Object.getPrototypeOf(FilteredShop) as Function },
  { path: '/scoped/route', sender: ScopedShop },
  { path: '/broken/route', sender: BrokenShop },
  { path: '/shop/middleware', sender: undefined },
  { path: '/main/thrown', sender: undefined },
  { path: '/main/given', sender: undefined },
  { path: '/main/later', sender: undefined },
];

const FORESEEN = [
  { path: '/shop/not-found', what: 'a 404 that is thrown' },
  { path: '/shop/forbidden', what: 'a 403 that is thrown' },
  { path: '/shop/closed', what: 'a guard that refuses' },
  { path: '/shop/number/x', what: 'a pipe that refuses' },
  { path: '/shop/foreseen', what: 'a 400 that a filter answers' },
  { path: '/shop/swallowed', what: 'what an interceptor swallows' },
  { path: '/nowhere', what: 'a route that is not there' },
];

describe.each(ADAPTERS)('On %s,', adapter => {
  describe.each(EVERY_FILTER)('with $filters, an exception', ({ providers, prepare }) => {
    let app: RequestApp;

    beforeAll(async () => {
      app = await RequestApp.start({
        adapter,
        imports: [FailingModule],
        providers,
        prepare: it => {
          it.use(failAt);
          if (prepare) it.useGlobalFilters(prepare);
        },
      });
    });

    beforeEach(() => void app.recorded.take());

    afterAll(() => app[Symbol.asyncDispose]());

    it.each(REPORTED)('at $path is reported once, by its controller', async ({ path, sender }) => {
      await app.get(path);
      await app.recorded.finished();

      const [exception] = app.recorded.of('exception');
      expect(app.recorded.names).toEqual(['started', 'exception', 'finished']);
      expect(exception!.sender).toBe(sender);
      expect(exception!.payload.request).toBe(app.recorded.of('started')[0]!.payload.request);
      expect(String(exception!.payload.error)).toMatch(/out of stock|a text|later|Internal/);
    });

    it.each(FORESEEN)('is not $what', async ({ path }) => {
      const response = await app.get(path);
      await app.recorded.finished();

      expect(app.recorded.names).toEqual(['started', 'finished']);
      expect(app.recorded.of('finished')[0]!.payload.statusCode).toBe(response.status);
    });
  });
});

describe('On express, an exception', () => {
  it('of middleware that calls back from elsewhere is reported with its request', async () => {
    await using app = await RequestApp.start({ imports: [FailingModule], prepare: it => it.use(failAt) });

    await app.get('/main/lost');
    await app.recorded.finished();

    expect(app.recorded.names).toEqual(['started', 'exception', 'finished']);
  });
});
