import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, OnSignal, SignalsModule, UserLoggedIn } from 'nestjs-signals';
import { DurableSignals, pgBoss, type PgBossOptions } from 'nestjs-signals/pg-boss';
import { isBundled, requirePgBoss, withPgBoss } from '../../lib/pg-boss/starting/installed.js';
import { compileApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced, OrderSchema, ReceiptSchema } from './orders.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
quiet();
jest.setTimeout(60_000);

@Injectable()
class Receives {
  readonly names: string[] = [];

  @OnSignal(OrderPlaced, { uid: 'receives', delivery: durable() })
  receive({ name }: { name: string }) {
    this.names.push(name);
  }
}

const schemas = [OrderSchema, ReceiptSchema];

function compile(
  options: PgBossOptions,
  providers: (new () => unknown)[] = [Receives],
  driver: unknown = PostgreSqlDriver,
) {
  const config = {
    driver,
    clientUrl: database.url,
    entities: schemas,
    ...(driver === SqliteDriver && { dbName: ':memory:' }),
  };
  return compileApp({
    imports: [MikroOrmModule.forRoot(config as never), SignalsModule.forRoot({ durable: pgBoss(options) })],
    providers: [OrderPlaced, ...providers],
  });
}

describe('pgBoss()', () => {
  it.each([
    [{ schma: 'x' }, /schma[^]*use one of contextName, application, schema/],
    [{ schema: 'Not; this' }, /schema[^]*lower-case/],
    [{ schema: 'Signals' }, /schema[^]*lower-case/],
    [{ schema: 'my-signals' }, /schema[^]*lower-case/],
    [{ schema: '' }, /schema[^]*lower-case/],
    [{ schema: 's'.repeat(51) }, /schema[^]*up to 50/],
    [{ schema: '2nd' }, /schema[^]*a digit is not the first/],
    [{ schema: 'pg_signals' }, /schema[^]*nor is pg_/],
    [{ work: 'all' }, /work[^]*true, false, or a list/],
    [{ maxConnections: 0 }, /maxConnections[^]*from 1 up/],
  ])('refuses the options %j', (options, reason) => {
    expect(() => pgBoss(options as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(() => pgBoss(options as never)).toThrow(reason);
  });

  // Keywords of each kind that PostgreSQL cannot take bare, and names that are none.
  it.each(['user', 'left', 'values', 'order', '_a1', 's'.repeat(50)])(
    'keeps jobs in a schema named %s',
    async schema => {
      await using app = await compile({ schema });
      await app.init();
      const [orders, durableSignals] = [app.get(OrderPlaced), app.get(DurableSignals)];
      await orders.send('somebody', { name: 'one' });
      await eventually(() => app.get(Receives).names.length === 1);
      await durableSignals.pause('receives');
      await orders.send('somebody', { name: 'two' });

      expect(await durableSignals.counts()).toMatchObject([
        { receiver: 'receives', waiting: 1, dead: 0, paused: true },
      ]);
      expect(await durableSignals.purge('receives')).toBe(1);
      expect(await durableSignals.dead()).toEqual([]);
      await using second = await compile({ schema, migrate: false });
      await second.init();
    },
  );

  it('makes its schema when several processes start at once', async () => {
    const apps = await Promise.all([1, 2, 3, 4].map(() => compile({ schema: 'at_once' })));
    await Promise.all(apps.map(app => app.init()));
    await apps[0]!.get(OrderPlaced).send('somebody', { name: 'one' });
    await eventually(() => apps.some(app => app.get(Receives).names.includes('one')));

    expect(apps.flatMap(app => app.get(Receives).names)).toEqual(['one']);
    await Promise.all(apps.map(app => app.close()));
  });

  it('asks for the schema where it may not make it, and prints the SQL', async () => {
    await using app = await compile({ schema: 'by_hand', migrate: false });
    const error = await app.init().then(
      () => undefined,
      (thrown: Error & { code: string }) => thrown,
    );
    expect(error).toMatchObject({
      code: 'SCHEMA_MISSING',
      message: expect.stringMatching(/CREATE TABLE "by_hand"\.queue/),
    });

    const sql = error!.message.slice(error!.message.indexOf('\n\n'));
    await app.get(MikroORM).em.getConnection().execute(sql);
    await using second = await compile({ schema: 'by_hand', migrate: false });
    await second.init();
    await second.get(OrderPlaced).send('somebody', { name: 'one' });
    await eventually(() => second.get(Receives).names.length === 1);
  });

  it('asks for newer tables where it may not change those that are there', async () => {
    await using app = await compile({ schema: 'older' });
    await app.init();
    await app.get(MikroORM).em.getConnection().execute('update older.version set version = version - 1');
    await using second = await compile({ schema: 'older', migrate: false });

    await expect(second.init()).rejects.toMatchObject({
      code: 'SCHEMA_MISSING',
      message: expect.stringMatching(/has version \d+, not \d+/),
    });
  });

  it('needs PostgreSQL', async () => {
    await using app = await compile({}, [Receives], SqliteDriver);

    await expect(app.init()).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('no PostgreSQL'),
    });
  });

  it('needs the MikroORM that it is given', async () => {
    await using app = await compile({ contextName: 'other' });

    await expect(app.init()).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining(`'other'`),
    });
  });
});

describe('A durable receiver', () => {
  it('is refused where the application keeps no jobs', async () => {
    const app = await compileApp({ imports: [SignalsModule.forRoot()], providers: [OrderPlaced, Receives] });

    await expect(app.init()).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('pgBoss()'),
    });
  });

  it('needs a uid of its own, and is suggested one', async () => {
    @Injectable()
    class NightlyReceipts {
      @OnSignal(OrderPlaced, { delivery: durable() })
      sendMail() {}
    }
    await using app = await compile({}, [NightlyReceipts]);

    await expect(app.init()).rejects.toMatchObject({
      code: 'UID_REQUIRED',
      message: expect.stringContaining(`'nightly-receipts.send-mail'`),
    });
  });

  it('is not connected for one message', async () => {
    await using app = await compile({ schema: 'once' }, []);
    await app.init();
    const connect = () => app.get(OrderPlaced).connect(() => {}, { uid: 'x', once: true, delivery: durable() });

    expect(connect).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });

  it('of a signal with a request says what is stored', async () => {
    @Injectable()
    class Logins {
      @OnSignal(UserLoggedIn, { uid: 'logins', delivery: durable() })
      log() {}
    }
    await using app = await compile({}, [Logins]);

    await expect(app.init()).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_SERIALIZABLE',
      message: expect.stringContaining('payload:'),
    });
  });

  it('is served when it is connected late', async () => {
    await using app = await compile({ schema: 'late' }, []);
    await app.init();
    const names: string[] = [];
    app.get(OrderPlaced).connect(({ name }) => names.push(name), { uid: 'late', delivery: durable() });
    await app.get(OrderPlaced).send('somebody', { name: 'one' });
    await eventually(() => names.length === 1);

    expect(names).toEqual(['one']);
  });

  it('is named in the log when it is gone and has messages, which are delivered when it is back', async () => {
    {
      await using app = await compile({ schema: 'parked', work: false });
      await app.init();
      await app.get(OrderPlaced).send('somebody', { name: 'one' });
    }
    {
      await using app = await compile({ schema: 'parked' }, []);
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      await app.init();

      expect(warn).toHaveBeenCalledWith(
        expect.stringMatching(/uid 'receives', for which 1 durable message is stored[^]*formerly/),
      );
      expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('purge'));
      expect(await app.get(DurableSignals).health()).toMatchObject({ durable: { parked: ['receives'] } });
    }
    await using app = await compile({ schema: 'parked' });
    await app.init();
    await eventually(() => app.get(Receives).names.length === 1);
  });

  it('takes what is stored for its earlier uids', async () => {
    {
      await using app = await compile({ schema: 'renamed', work: false });
      await app.init();
      await app.get(OrderPlaced).send('somebody', { name: 'one' });
    }
    const names: string[] = [];
    @Injectable()
    class Renamed {
      @OnSignal(OrderPlaced, { uid: 'renamed', delivery: durable({ formerly: ['receives'] }) })
      receive({ name }: { name: string }) {
        names.push(name);
      }
    }
    await using app = await compile({ schema: 'renamed' }, [Renamed]);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await app.init();
    expect(await app.get(DurableSignals).health()).toMatchObject({ durable: { parked: [] } });
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('receives'));
    await eventually(() => names.length > 0);
    expect(names).toEqual(['one']);
  });
});

describe(`The door 'nestjs-signals/pg-boss'`, () => {
  it('names the version that is needed where an older one is installed', async () => {
    const specifier: string = 'data:text/javascript,import { fromNowhere } from "node:path"';
    const old = () => import(specifier);

    await expect(withPgBoss(old)).rejects.toMatchObject({
      code: 'PEER_NOT_SUPPORTED',
      message: expect.stringContaining(`npm install 'pg-boss@^12.38.0'`),
    });
    await expect(withPgBoss(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  it('looks for no package on disk where it is part of a bundle', () => {
    expect(
      [import.meta.url, undefined, 'file:///built/elsewhere/installed.js', 'webpack://app/a.js'].map(isBundled),
    ).toEqual([true, true, true, true]);
    expect(isBundled(pathToFileURL('lib/pg-boss/starting/installed.ts').href)).toBe(false);
  });

  it('names the package that is not installed', () => {
    const missing = createRequire(import.meta.url);

    expect(() => requirePgBoss(() => missing.resolve('pg-boss-that-is-missing'))).toThrow(
      expect.objectContaining({
        code: 'PEER_NOT_INSTALLED',
        message: expect.stringContaining('npm install pg-boss'),
      }),
    );
    expect(() =>
      requirePgBoss(() => {
        throw new Error('broken');
      }),
    ).toThrow('broken');
  });
});
