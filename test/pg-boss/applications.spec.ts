import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, type DurableOptions, OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { DurableSignals, pgBoss, type PgBossOptions } from 'nestjs-signals/pg-boss';
import { packageName } from '../../lib/pg-boss/options.js';
import { compileApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { OrderSchema } from './orders.js';

quiet();
jest.setTimeout(60_000);

class Sold extends Signal<{ name: string }> {}
class Moved extends Signal<{ name: string }> {}

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** An application with a receiver for each of these uids. */
async function start(options: PgBossOptions, uids: Readonly<Record<string, DurableOptions>>, signal = Sold) {
  class Receives {
    receive() {}
  }
  const providers = Object.entries(uids).map(([uid, terms]) => {
    class Receiver extends Receives {
      override receive() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Receiver.prototype, 'receive')!;
    OnSignal(signal, { uid, delivery: durable(terms) })(Receiver.prototype, 'receive', descriptor);
    return Receiver;
  });
  const app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: database.url, entities: [OrderSchema] } as never),
      SignalsModule.forRoot({ durable: pgBoss(options) }),
    ],
    providers: [Sold, Moved, ...providers],
  });
  await app.init();
  return app;
}

/** Leaves a message of an application for each uid. */
async function leave(options: PgBossOptions, ...uids: string[]): Promise<void> {
  await using app = await start({ ...options, work: false }, Object.fromEntries(uids.map(uid => [uid, {}])));
  await app.get(Sold).send('somebody', { name: 'one' });
}

/** Starts an application with these receivers, and returns its warnings of messages that no receiver takes. */
async function warnings(options: PgBossOptions, uids: Readonly<Record<string, DurableOptions>> = {}, signal = Sold) {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockClear().mockReturnValue();
  await using _app = await start(options, uids, signal);
  return warn.mock.calls
    .map(([text]) => String(text))
    .filter(text => text.startsWith('No receiver of the application'));
}

describe('An application that shares its database with another', () => {
  it("is warned of its own messages that no receiver takes, and of nothing that is the other one's", async () => {
    await leave({ application: 'shop' }, 'receipts', 'gone');
    await leave({ application: 'stock' }, 'parcels');
    const [shop, ...more] = await warnings({ application: 'shop' }, { receipts: {} });

    expect(more).toEqual([]);
    expect(shop).toMatch(/'shop' has the uid 'gone', for which 1 durable message is stored[^]*`formerly`/);
    expect(shop).not.toContain('purge');
    expect(await warnings({ application: 'stock' }, { parcels: {} })).toEqual([]);
    expect(await warnings({ application: 'stock' })).toEqual([expect.stringContaining("has the uid 'parcels'")]);
  });

  it('counts what no receiver of its own takes, whichever application has stored it', async () => {
    await leave({ application: 'stock' }, 'parcels');
    await using shop = await start({ application: 'shop' }, { receipts: {} });

    expect(await shop.get(DurableSignals).health()).toMatchObject({ durable: { parked: ['parcels'] } });
  });

  it('has the name of its package, where it has been given none', async () => {
    await leave({}, 'receipts');

    expect(await warnings({ application: 'stock' })).toEqual([]);
    expect(await warnings({ application: 'nestjs-signals' })).toHaveLength(1);
    expect(await warnings({})).toEqual([
      expect.stringMatching(/application 'nestjs-signals'[^]*pgBoss\({ application }\)/),
    ]);
  });

  it('is not warned of what was stored without a name', async () => {
    await leave({}, 'receipts');
    await using app = await start({ work: false }, {});
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`update signals.job set data = data - 'application'`);
    await client.end();

    expect(await app.get(DurableSignals).health()).toMatchObject({ durable: { parked: ['receipts'] } });
    expect(await warnings({})).toEqual([]);
  });

  it('keeps its name where messages are sealed, repeated and dead', async () => {
    const seal = { seal: (bytes: Uint8Array) => ({ keyId: 'k', bytes }), open: (bytes: Uint8Array) => bytes };
    await leave({ application: 'shop', ...seal }, 'receipts');

    expect(await warnings({ application: 'shop', ...seal })).toHaveLength(1);
  });

  it('is advised to purge its own messages only, where both have a receiver of one uid', async () => {
    const advice = async (options: PgBossOptions) => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockClear().mockReturnValue();
      await using _app = await start(options, { audit: {} }, Moved);
      const texts = () => warn.mock.calls.map(([text]) => String(text)).filter(text => text.includes('Sold'));
      await eventually(() => texts().length > 0);
      return texts();
    };
    await leave({ application: 'shop' }, 'audit');

    expect(await advice({ application: 'stock' })).toEqual([
      expect.stringMatching(/Sold.*audit[^]*fix: .*another uid/),
    ]);
    expect(await advice({ application: 'shop' })).toEqual([expect.stringMatching(/Sold.*audit[^]*fix: .*purge/)]);
  });
});

describe('The name of a package', () => {
  it('is undefined where there is none that could be stored', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'signals-'));
    const named = async (text: string) => {
      await writeFile(join(directory, 'package.json'), text);
      return packageName(directory);
    };

    expect(packageName(directory)).toBeUndefined();
    expect(await named('{"name":"@shop/orders"}')).toBe('@shop/orders');
    expect(
      await Promise.all(['{', 'null', '{}', '{"name":1}', '{"name":""}', '{"name":"a\\u0000"}'].map(named)),
    ).toEqual(Array.from({ length: 6 }));
    await rm(directory, { recursive: true });
  });
});
