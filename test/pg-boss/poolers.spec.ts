import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, OnSignal, SignalsModule } from 'nestjs-signals';
import { pgBoss, type PgBossOptions } from 'nestjs-signals/pg-boss';
import { compileApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { findPgBouncer, PgBouncer } from '../support/pgbouncer.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced, OrderSchema, ReceiptSchema } from './orders.js';

@Injectable()
class Receives {
  readonly names: string[] = [];

  @OnSignal(OrderPlaced, { uid: 'receives', delivery: durable({ key: () => 'all' }) })
  receive({ name }: { name: string }) {
    this.names.push(name);
  }
}

let database: TestDatabase;
quiet();
jest.setTimeout(60_000);
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

function compile(clientUrl: string, options: PgBossOptions) {
  const config = { driver: PostgreSqlDriver, clientUrl, entities: [OrderSchema, ReceiptSchema] };
  return compileApp({
    imports: [MikroOrmModule.forRoot(config), SignalsModule.forRoot({ durable: pgBoss(options) })],
    providers: [OrderPlaced, Receives],
  });
}

async function sessions(): Promise<number> {
  await using app = await compile(database.url, { work: false });
  const [{ count }] = (await app
    .get(MikroORM)
    .em.getConnection()
    .execute(
      'select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )) as [{ count: number }];
  return count;
}

describe('A process that only sends', () => {
  it('leaves no session and no timer behind when it ends', async () => {
    const active = () =>
      process.getActiveResourcesInfo().filter(kind => kind === 'Timeout' || kind === 'TCPSocketWrap');
    const before = active().length;
    const app = await compile(database.url, { work: false });
    await app.init();
    await app.get(OrderPlaced).send('somebody', { name: 'one' });
    await app.close();
    await eventually(() => active().length <= before);

    expect(await sessions()).toBe(0);
  });
});

describe('pgBoss({ listenUrl })', () => {
  it('listens there, and ends that session, too', async () => {
    const app = await compile(database.url, { listenUrl: database.url });
    await app.init();
    await app.get(OrderPlaced).send('somebody', { name: 'one' });
    await eventually(() => app.get(Receives).names.length === 1);
    await app.close();
    expect(app.get(Receives).names).toEqual(['one']);

    await eventually(async () => (await sessions()) === 0);
  });

  it.each(['not a url', 5])('is refused where it is no URL: %p', listenUrl => {
    expect(() => pgBoss({ listenUrl: listenUrl as string })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringContaining('listenUrl') }),
    );
  });

  it('is refused at the start where another database is behind it', async () => {
    await using other = await (async () => {
      const one = await createTestDatabase();
      return { url: one.url, [Symbol.asyncDispose]: () => one.drop() };
    })();
    await using app = await compile(database.url, { listenUrl: other.url });

    await expect(app.init()).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('pgBoss({ listenUrl })'),
    });
  });
});

const binary = findPgBouncer();
if (binary !== undefined) {
  describe('Behind PgBouncer in transaction mode', () => {
    let pooler: PgBouncer;
    beforeEach(async () => {
      pooler = await PgBouncer.start(binary, database.url);
    });
    afterEach(() => pooler[Symbol.asyncDispose]());

    it('a worker refuses to start, and names the option', async () => {
      await using app = await compile(pooler.url, {});

      await expect(app.init()).rejects.toMatchObject({
        code: 'DELIVERY_NOT_AVAILABLE',
        message: expect.stringMatching(/notifications[^]*listenUrl/),
      });
    });

    it('a process that only sends works; one past the pooler delivers', async () => {
      await using sender = await compile(pooler.url, { work: false });
      await sender.init();
      const names = Array.from({ length: 30 }, (_, at) => String(at));
      await sender
        .get(MikroORM)
        .em.fork()
        .transactional(async em => {
          for (const name of names) await sender.get(OrderPlaced).send('somebody', { name }, { em });
        });
      await using worker = await compile(database.url, {});
      await worker.init();
      await eventually(() => worker.get(Receives).names.length === names.length);

      expect(worker.get(Receives).names).toEqual(names);
    });

    it('a worker delivers that listens past the pooler', async () => {
      await using app = await compile(pooler.url, { listenUrl: database.url });
      await app.init();
      await app.get(OrderPlaced).send('somebody', { name: 'one' });
      await eventually(() => app.get(Receives).names.length === 1);

      expect(app.get(Receives).names).toEqual(['one']);
    });
  });
}
