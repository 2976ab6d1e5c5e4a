import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  Scope,
  UnauthorizedException,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import { map, of, timeout } from 'rxjs';
import { Signal } from 'nestjs-signals';
import { within } from '../../lib/core/index.js';
import { ADAPTERS, PageApp } from './page-app.js';

const AS_ADMIN = { authorization: 'Bearer admin' };

interface Asked {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

function isAdmin({ headers }: Asked): boolean {
  return headers.authorization === AS_ADMIN.authorization;
}

@Injectable()
class Accounts {
  readonly isAdmin = isAdmin;
}

/** A guard of a module that the page does not import. */
@Injectable()
class AdminGuard implements CanActivate {
  constructor(@Inject(Accounts) private readonly accounts: Accounts) {}

  canActivate(context: ExecutionContext) {
    return of(this.accounts.isAdmin(context.switchToHttp().getRequest()));
  }
}

@Module({ providers: [Accounts, AdminGuard] })
class AdminModule {}

@Injectable({ scope: Scope.REQUEST })
class RequestGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: Asked) {}

  async canActivate(): Promise<boolean> {
    return isAdmin(this.request);
  }
}

/** In no module at all. */
class LooseGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return isAdmin(context.switchToHttp().getRequest());
  }
}

class Ping extends Signal {}

class RefusingGuard implements CanActivate {
  canActivate(): never {
    throw new UnauthorizedException();
  }
}

/** Changes every answer, and gives up what takes long. */
class Wrapping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(
      timeout(100),
      map((data: unknown) => ({ data })),
    );
  }
}

const PATHS = ['', '/live', '/page.js', '/page.css', '/api/state', '/api/durable', '/api/dead', '/api/events'];

describe.each(ADAPTERS)('The live page on %s', adapter => {
  it.each<[string, Parameters<typeof PageApp.start>[0]]>([
    ['a class of a module', { imports: [AdminModule], page: { guard: AdminGuard } }],
    ['a class that is made for each request', { providers: [RequestGuard], page: { guard: RequestGuard } }],
    ['a class of no module', { page: { guard: LooseGuard } }],
    ['an object', { page: { guard: new LooseGuard() } }],
    ['a list', { imports: [AdminModule], page: { guard: [{ canActivate: () => true }, AdminGuard] } }],
    ['the guard of all routes', { providers: [{ provide: APP_GUARD, useClass: LooseGuard }] }],
  ])('lets only admins in, by %s', async (_, metadata) => {
    await using shop = await PageApp.start({ ...metadata, adapter });

    for (const path of PATHS) expect([path, (await shop.get(`/signals${path}`)).status]).toEqual([path, 403]);
    expect((await shop.operate({ operation: 'retry' })).status).toBe(403);
    expect((await shop.get('/signals/api/state', AS_ADMIN)).status).toBe(200);
    const page = await shop.open('/signals/api/events', AS_ADMIN);
    expect(page.hello).toMatchObject({ recent: 500 });
  });

  it('answers as the guards and filters of the application say', async () => {
    await using shop = await PageApp.start({ page: { guard: RefusingGuard }, adapter });

    const refused = await shop.get('/signals/api/state');
    expect([refused.status, await refused.json()]).toEqual([401, { statusCode: 401, message: 'Unauthorized' }]);
  });

  it('is below the global prefix, beside all versions, and beside routes that are excluded from the prefix', async () => {
    await using shop = await PageApp.start({
      adapter,
      page: { path: '/admin/signals/' },
      prepare: app => {
        app.setGlobalPrefix('shop', { exclude: ['health'] });
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });

    const moved = await shop.get('/shop/admin/signals');
    expect([moved.status, moved.headers.get('location')]).toEqual([302, './signals/live']);
    expect((await shop.get('/shop/admin/signals/live')).status).toBe(200);
    expect((await shop.get('/shop/admin/signals/api/state')).status).toBe(200);
    const page = await shop.open('/shop/admin/signals/api/events');
    expect(page.hello).toBeDefined();
    expect((await shop.get('/signals/live')).status).toBe(404);
  });

  it('can be all there is, and is excluded from the prefix like any route', async () => {
    await using shop = await PageApp.start({
      adapter,
      page: { path: '' },
      prepare: app => app.setGlobalPrefix('shop', { exclude: ['/', 'live', 'api/state'] }),
    });

    const moved = await shop.get('/');
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'live']);
    expect((await shop.get('/api/state')).status).toBe(200);
  });

  it('lets nothing but itself run in a browser, and says so in every answer', async () => {
    await using shop = await PageApp.start({ adapter });
    const shell = await shop.get('/signals/live');
    const html = await shell.text();

    expect(shell.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(html).not.toMatch(/ on\w+=|<style|javascript:|<script>|https?:/);
    const stream = await shop.open();
    for (const { headers } of [shell, stream.response, await shop.get('/signals/api/state')]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toContain('no-store');
    }
  });

  it('is not changed by an interceptor that changes every answer', async () => {
    await using shop = await PageApp.start({
      adapter,
      providers: [Ping, { provide: APP_INTERCEPTOR, useClass: Wrapping }],
    });

    expect(await shop.state()).toMatchObject({ application: 'RootTestModule' });
    const page = await shop.open();
    await within(300, page.ended);
    await shop.app.get(Ping).send(undefined);
    expect(await page.send('Ping')).toMatchObject({ receivers: [], failed: false });
  });

  it('is read by no other site, even where the application lets all sites read', async () => {
    await using shop = await PageApp.start({
      adapter,
      prepare: app => app.enableCors({ origin: true, credentials: true }),
    });
    const elsewhere = { origin: 'https://evil.example', 'x-signals-inspector': '1' };

    for (const path of ['state', 'durable', 'dead', 'message?id=1', 'events']) {
      const refused = await shop.get(`/signals/api/${path}`, elsewhere);
      expect([path, refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([path, 403, null]);
    }
    expect((await shop.get('/signals/api/state', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await shop.get('/signals/api/state', { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await shop.get('/signals/api/state', { 'sec-fetch-site': 'none' })).status).toBe(200);
    expect((await shop.get('/signals/live', elsewhere)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('carries operations out for itself only', async () => {
    await using shop = await PageApp.start({ adapter });
    const header = { 'x-signals-inspector': '1' };
    const statusOf = async (headers: Record<string, string>) =>
      (await shop.operate({ operation: 'retry' }, headers)).status;

    expect(await statusOf({})).toBe(403);
    expect(await statusOf({ ...header, origin: 'https://evil.example' })).toBe(403);
    expect(await statusOf({ ...header, origin: 'null' })).toBe(403);
    expect(await statusOf({ ...header, 'sec-fetch-site': 'cross-site', origin: shop.url })).toBe(403);
    // It is not refused, and there are no durable messages here.
    expect(await statusOf({ ...header, origin: shop.url })).toBe(400);
    // Behind a proxy that changes the name of the host, the browser says that it is one site.
    expect(await statusOf({ ...header, origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' })).toBe(400);
    expect((await shop.get('/signals/api/operations')).status).toBe(404);
  });
});
