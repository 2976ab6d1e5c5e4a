import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { RouterModule } from '@nestjs/core';
import { VersioningType, type VersioningOptions } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { pinoHttp } from 'pino-http';
import { Signal } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { OrderSchema, TagSchema } from '../rows/entities.js';
import { CONFIG } from '../rows/rows-app.js';
import { createTestDatabase } from '../support/database.js';
import { ADAPTERS, PageApp } from './page-app.js';

class OrderPlaced extends Signal {}

/** Sets a strict policy before any route, as helmet does. */
function strict(_: unknown, response: ServerResponse, next: () => void): void {
  response.setHeader('content-security-policy', `default-src 'self'; script-src 'none'`);
  response.setHeader('x-frame-options', 'SAMEORIGIN');
  next();
}

describe.each(ADAPTERS)('The live page on %s', adapter => {
  it('is not changed by middleware that sets headers, nor by a logger of requests', async () => {
    await using shop = await PageApp.start({
      adapter,
      providers: [OrderPlaced],
      prepare: app => app.use(strict).use(pinoHttp({ level: 'silent' })),
    });
    const page = await shop.open();
    await shop.app.get(OrderPlaced).send('the shop');

    expect(await page.send('OrderPlaced')).toMatchObject({ receivers: [] });
    for (const { headers } of [page.response, await shop.get('/signals/live'), await shop.get('/signals/page.js')]) {
      expect(headers.get('content-security-policy')).toContain(`script-src 'self'`);
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });

  it.each<[string, VersioningOptions]>([
    ['a header', { type: VersioningType.HEADER, header: 'version', defaultVersion: '1' }],
    ['the media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }],
    ['the address', { type: VersioningType.URI, prefix: 'version', defaultVersion: ['1', '2'] }],
    ['what a function finds', { type: VersioningType.CUSTOM, extractor: () => ['2', '1'] }],
    ['what a function does not find', { type: VersioningType.CUSTOM, extractor: () => '' }],
  ])('needs no version where versions are in %s', async (_, options) => {
    await using shop = await PageApp.start({ adapter, prepare: app => app.enableVersioning(options) });

    expect((await shop.get('/signals/live')).status).toBe(200);
    expect((await shop.get('/signals/api/state', { version: '2' })).status).toBe(200);
    expect((await shop.operate({ operation: 'retry' })).status).toBe(400);
  });

  it.each<[string, string, Parameters<typeof PageApp.start>[0]]>([
    ['a prefix alone', '/shop', { page: { path: '' }, prepare: app => app.setGlobalPrefix('shop') }],
    ['a prefix of two parts', '/shop/admin/Signals', { prepare: app => app.setGlobalPrefix('/shop/admin') }],
    [
      'a router',
      '/admin/signals',
      { imports: [RouterModule.register([{ path: 'admin', module: SignalsInspectorModule }])] },
    ],
  ])('leads to itself below %s', async (_, path, metadata) => {
    await using shop = await PageApp.start({ ...metadata, adapter });
    if (adapter === 'fastify') path = path.toLowerCase();

    const page = await fetch(shop.url + path);
    expect([page.status, page.url]).toEqual([200, `${shop.url}${path}/live`]);
    expect((await shop.get(`${path}/api/state`)).status).toBe(200);
  });

  it('is one for each application of a process', async () => {
    const shop = await PageApp.start({ adapter, providers: [OrderPlaced] });
    await using shop2 = await PageApp.start({ adapter, providers: [OrderPlaced] });
    const [page, page2] = [await shop.open(), await shop2.open()];
    await shop.app.get(OrderPlaced).send('the first');
    await page.send('OrderPlaced');
    await shop[Symbol.asyncDispose]();
    await shop2.app.get(OrderPlaced).send('the second');

    expect(await page2.send('OrderPlaced')).toMatchObject({ sender: '"the second"' });
    expect([page.sends.size, page2.sends.size]).toEqual([1, 1]);
    expect(page.hello!.page).not.toBe(page2.hello!.page);
  });
});

describe('The live page of an application that sends changes of rows', () => {
  it('shows how many wait, for how long, and how many were set aside', async () => {
    const database = await createTestDatabase();
    const orms = { driver: PostgreSqlDriver, clientUrl: database.url, entities: [OrderSchema, TagSchema], ...CONFIG };
    const shop = await PageApp.start({
      imports: [MikroOrmModule.forRoot(orms)],
      signals: { durable: pgBoss({ rows: true, work: false }) },
      prepare: app => app.get(MikroORM).schema.create(),
    });
    try {
      const connection = shop.app.get(MikroORM).em.getDriver().getConnection();
      const sql = (text: string) => (connection as { execute?(sql: string): Promise<unknown> }).execute?.(text);
      await sql(`insert into "order" (id, status, total) select n, 'new', n from generate_series(1, 3) n`);
      await sql(`update signals.row_change set changed_at = changed_at - interval '1 hour' where id = 1`);
      await sql(`insert into signals.row_change_failed select *, 'an error' from signals.row_change where id = 3`);
      await sql('delete from signals.row_change where id = 3');

      const { rows } = await shop.state();
      expect(rows).toEqual({ waiting: 2, poisoned: 1, lagMs: expect.any(Number) });
      expect(rows!.lagMs).toBeGreaterThanOrEqual(3_600_000);
    } finally {
      await shop[Symbol.asyncDispose]();
      await database.drop();
    }
  });
});
