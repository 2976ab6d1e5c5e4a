import { type CanActivate, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule, type SignalsInspectorOptions } from 'nestjs-signals/inspector';
import { Socket } from 'node:net';
import { eventually } from '../support/eventually.js';
import { ADAPTERS, PageApp } from './page-app.js';

class OrderPlaced extends Signal<{ orderId: number }> {}

class Missing {}

/** Needs what nothing provides. */
class LostGuard implements CanActivate {
  constructor(@Inject(Missing) readonly missing: Missing) {}

  canActivate(): boolean {
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestGuard implements CanActivate {
  constructor(@Inject(REQUEST) readonly request: unknown) {}

  canActivate(): boolean {
    return true;
  }
}

const OPEN: CanActivate = { canActivate: () => true };

async function inProduction<T>(run: () => Promise<T>): Promise<T> {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    return await run();
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
}

describe('The live page in production', () => {
  const statusOf = (page: SignalsInspectorOptions, path: string) =>
    inProduction(async () => {
      await using shop = await PageApp.start({ page });
      return (await shop.get(path)).status;
    });

  it('is not there unless it was enabled, whatever else was said', async () => {
    expect(await statusOf({}, '/signals')).toBe(404);
    expect(await statusOf({ guard: OPEN, operations: true }, '/signals/api/state')).toBe(404);
    expect(await statusOf({ enabled: true, guard: OPEN }, '/signals/api/state')).toBe(200);
  });

  it('does not start without a guard', async () => {
    const start = inProduction(() => PageApp.start({ page: { enabled: true } }));

    await expect(start).rejects.toMatchObject({
      code: 'INSPECTOR_UNGUARDED',
      message: expect.stringContaining('guard:'),
    });
  });

  it('has no operations unless they were asked for', async () => {
    const operate = (page: SignalsInspectorOptions) =>
      inProduction(async () => {
        await using shop = await PageApp.start({ page: { enabled: true, guard: OPEN, ...page } });
        return [(await shop.state()).operations, (await shop.operate({ operation: 'retry' })).status];
      });

    expect(await operate({})).toEqual([false, 404]);
    expect(await operate({ operations: true })).toEqual([true, 400]);
  });
});

describe('SignalsInspectorModule.forRoot()', () => {
  it.each<[object, RegExp]>([
    [{ pathh: 'signals' }, /'pathh'.*none of that name/],
    [{ path: 'signals/*' }, /'path'.*'signals\/\*'/],
    [{ path: ':tenant' }, /'path'/],
    [{ path: '../signals' }, /'path'/],
    [{ path: 7 }, /'path'/],
    [{ enabled: 'yes' }, /'enabled'/],
    [{ guard: class {} }, /'guard'.*canActivate/],
    [{ guard: [] }, /'guard'/],
    [{ guard: 'AdminGuard' }, /'guard'/],
    [{ operations: 1 }, /'operations'/],
    [{ record: null }, /'record'/],
    [{ recent: 0 }, /'recent'/],
    [{ recent: 1_000_000 }, /'recent'/],
    [{ payloads: 'masked' }, /'payloads'/],
    [{ slowMs: -1 }, /'slowMs'/],
    [{ slowMs: '1s' }, /'slowMs'/],
  ])('refuses %p', (options, message) => {
    const make = () => SignalsInspectorModule.forRoot(options);

    expect(make).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringMatching(message) }));
  });

  it.each([LostGuard, RequestGuard])('refuses, at start, the guard %p that cannot be made', async guard => {
    await expect(PageApp.start({ page: { guard } })).rejects.toMatchObject({
      code: 'UNKNOWN_OPTION',
      message: expect.stringMatching(new RegExp(`${guard.name} cannot be made[^]*fix: provide ${guard.name}`)),
    });
  });

  it('refuses an application without SignalsModule.forRoot()', async () => {
    @Module({ imports: [SignalsInspectorModule.forRoot()] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });

    await expect(app.init()).rejects.toMatchObject({ code: 'MODULE_NOT_IMPORTED' });
    await app.close();
  });

  it('changes nothing of an application without a server, nor of a preview', async () => {
    @Module({ imports: [SignalsModule.forRoot(), SignalsInspectorModule.forRoot()] })
    class AppModule {}

    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    expect(app.get(SignalsModule)).toBeDefined();
    await app.close();
    const preview = await NestFactory.createApplicationContext(AppModule, { logger: false, preview: true });
    await preview.close();
  });
});

describe.each(ADAPTERS)('An application on %s that closes', adapter => {
  it('ends open pages at once, also those that read nothing', async () => {
    const shop = await PageApp.start({ adapter, providers: [OrderPlaced], page: { payloads: true } });
    const pages = await Promise.all(Array.from({ length: 50 }, () => shop.open()));
    const { hostname, port } = new URL(shop.url);
    const silent = new Socket().connect(Number(port), hostname);
    silent.pause();
    silent.write(`GET /signals/api/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    const placed = shop.app.get(OrderPlaced);
    for (let orderId = 0; orderId < 500; orderId++) await placed.send('x'.repeat(100), { orderId });

    const before = performance.now();
    await shop.app.close();
    expect(performance.now() - before).toBeLessThan(4000);
    await Promise.all(pages.map(page => page.ended));
    silent.destroy();
    await expect(shop.get('/signals/api/state')).rejects.toThrow('fetch failed');
  });
});

describe('The live page', () => {
  it('is open 200 times, and again when one of them is closed', async () => {
    await using shop = await PageApp.start();
    const pages = await Promise.all(Array.from({ length: 200 }, () => shop.open()));

    const refused = await shop.get('/signals/api/events');
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error: { code: 'UNAVAILABLE', message: 'Too many pages are open, or the application ends.' } },
    ]);
    pages[0]!.close();
    await eventually(async () => {
      const page = await shop.open();
      return page.response.status === 200;
    });
  });
});
