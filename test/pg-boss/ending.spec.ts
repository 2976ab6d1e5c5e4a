import { type EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver, type SqlEntityManager } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { Client } from 'pg';
import { beforeCommit, durable, type Message, Signal, SignalsModule } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { compileApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { pglite } from '../support/pglite.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced, OrderSchema, Receipt, ReceiptSchema } from './orders.js';

quiet();
jest.setTimeout(180_000);

class Written extends Signal {}

const never = new Promise<void>(() => {});
const entities = [OrderSchema, ReceiptSchema];

interface Started {
  readonly orm: MikroORM;
  readonly placed: OrderPlaced;
  readonly written: Written;
  close(): Promise<void>;
}

async function start(config: object): Promise<Started> {
  const app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ entities, ...config } as never),
      SignalsModule.forRoot({ durable: pgBoss(), shutdownTimeoutMs: 100 }),
    ],
    providers: [OrderPlaced, Written],
  });
  const orm = app.get<MikroORM>(MikroORM);
  await orm.schema.update({ safe: true });
  await app.init();
  return { orm, placed: app.get(OrderPlaced), written: app.get(Written), close: () => app.close() };
}

type Hang = (em: EntityManager, t: Started) => Promise<unknown>;

/** Where a receiver may be when it goes no further; it has written before. */
const PLACES: Readonly<Record<string, readonly [{ transaction?: boolean }, Hang]>> = {
  'itself, in its transaction': [{}, () => never],
  'a savepoint of its transaction': [{}, em => em.transactional(() => never)],
  'a transaction that PostgreSQL has given up': [
    {},
    async em => {
      await (em as SqlEntityManager).execute('select * from nowhere').catch(() => {});
      await never;
    },
  ],
  'a statement that waits for a lock': [
    {},
    em => (em as SqlEntityManager).execute('select pg_advisory_xact_lock(7)') as Promise<unknown>,
  ],
  'what it has asked for just before its COMMIT': [
    {},
    async (em, { written }) => {
      written.connect(() => never, { uid: 'hangs', delivery: beforeCommit });
      await written.send(null, {}, { em });
    },
  ],
  'a transaction that it began itself': [
    { transaction: false },
    em =>
      em.transactional(async inner => {
        inner.create(Receipt, { text: 'never' });
        await inner.flush();
        await never;
      }),
  ],
};

describe('An application that ends while a durable receiver hangs', () => {
  let database: TestDatabase;
  let lock: Client;
  let opened: Started | undefined;
  beforeEach(async () => {
    database = await createTestDatabase();
    lock = new Client({ connectionString: database.url });
    await lock.connect();
  });
  afterEach(async () => {
    await lock.end();
    await opened?.close();
    await database.drop();
  });

  it.each(Object.entries(PLACES))('ends in time, and another delivers: in %s', async (_where, [options, hang]) => {
    const config = { driver: PostgreSqlDriver, clientUrl: database.url };
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const hanging = await start(config);
    await lock.query('select pg_advisory_lock(7)');
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const hangs = async ({ name }: { name: string }, { em }: Message) => {
      if (options.transaction !== false) {
        em!.create(Receipt, { text: `${name}, never` });
        await em!.flush();
      }
      resolve();
      await hang(em!, hanging);
    };
    hanging.placed.connect(hangs, { uid: 'x', delivery: durable({ ...options, retryLimit: 0 }) });
    await hanging.placed.send('somebody', { name: 'one' });
    await reached;
    await hanging.close();

    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/not ended, and are given back: x \(OrderPlaced\)/));
    opened = await start(config);
    opened.placed.connect(({ name }, { em }) => void em!.create(Receipt, { text: name }), {
      uid: 'x',
      delivery: durable(),
    });
    await eventually(async () => (await texts(opened!)).length > 0);
    expect(await texts(opened)).toEqual(['one']);
  });

  it('ends in time on PGlite, too', async () => {
    const hanging = await start(await pglite());
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const hangs = async (_: object, { em }: Message) => {
      em!.create(Receipt, { text: 'never' });
      await em!.flush();
      resolve();
      await never;
    };
    hanging.placed.connect(hangs, { uid: 'x', delivery: durable() });
    await hanging.placed.send('somebody', { name: 'one' });
    await reached;

    await expect(hanging.close()).resolves.toBeUndefined();
  });
});

async function texts({ orm }: Started): Promise<string[]> {
  return (await orm.em.fork().findAll(Receipt)).map(({ text }) => text);
}
