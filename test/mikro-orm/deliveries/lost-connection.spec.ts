import type { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM, PostgreSqlDriver, type SqlEntityManager } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, afterRollback, PostSave, ReceiverFailed, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../../support/app.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { type Fate, PostgresProxy } from '../../support/postgres-proxy.js';
import { Item, ItemSchema, Placed } from './items.js';
import { WAYS } from './ways.js';

let app: Awaited<ReturnType<typeof compileApp>>;
let database: TestDatabase;
let proxy: PostgresProxy;
let direct: MikroORM;
let calls: string[];
let fate: Fate | 'now' | undefined;

const fork = () => app.get(MikroORM).em.fork();
const rows = () => direct.em.fork().count(Item, {});

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await PostgresProxy.before(database.url);
  direct = await MikroORM.init({ driver: PostgreSqlDriver, clientUrl: database.url, entities: [ItemSchema] });
  await direct.schema.create();
  app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({
        driver: PostgreSqlDriver,
        clientUrl: proxy.url,
        entities: [ItemSchema],
        // A lost connection keeps its place in the pool.
        pool: { max: 100 },
        logger: () => {},
      }),
      SignalsModule.forRoot(),
    ],
    providers: [Placed],
  });
  await app.init();
  app.get(PostSave).connect(
    async (_payload, { em }) => {
      const [row] = await (em as SqlEntityManager).execute<[{ port: number }]>('select inet_client_port() as port');
      if (fate === 'now') proxy.line(row.port).cut();
      else proxy.line(row.port).fate = fate;
      await app.get(Placed).send(null, { name: 'placed' });
    },
    { uid: 'decides' },
  );
  for (const delivery of [afterCommit, afterRollback]) {
    app
      .get(Placed)
      .connect(async ({ name }, { em }) => calls.push(`${delivery.name} ${name}, sees ${await em!.count(Item)}`), {
        delivery,
        uid: delivery.name,
      });
  }
  app
    .get(ReceiverFailed)
    .connect(({ receiver, error }) => calls.push(`${receiver} ${(error as { code: string }).code}`));
});

afterAll(async () => {
  // It waits for the connections that were lost: Kysely never gives them back (0.29.6).
  void app.close();
  await direct.close(true);
  await proxy[Symbol.asyncDispose]();
  await database.drop();
});

beforeEach(async () => {
  calls = [];
  proxy.isSilent = false;
  jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await direct.em.fork().nativeDelete(Item, {});
});
afterEach(() => jest.restoreAllMocks());

describe.each(Object.entries(WAYS))('When the connection of %s is lost', (_way, run) => {
  async function attempt(when: typeof fate): Promise<void> {
    fate = when;
    const attempted = run(fork(), (em: EntityManager) => void em.create(Item, { name: 'chair' }));
    // The driver's own words, or MikroORM's.
    await expect(attempted).rejects.toThrow(/[Cc]onnection/);
  }

  it('before COMMIT is sent, it was rolled back', async () => {
    await attempt('now');

    expect(calls).toEqual(['after-rollback placed, sees 0']);
    expect(await rows()).toBe(0);
  });

  it('before the server has received COMMIT, it was rolled back', async () => {
    await attempt('before');

    expect(calls).toEqual(['after-rollback placed, sees 0']);
    expect(await rows()).toBe(0);
  });

  it('before the answer to COMMIT, it was committed: the caller gets the error, and afterCommit receivers run', async () => {
    await attempt('after');

    expect(calls).toEqual(['after-commit placed, sees 1']);
    expect(await rows()).toBe(1);
  });

  it('and the outcome stays unknown, nothing runs, and ReceiverFailed reports OUTCOME_UNKNOWN', async () => {
    proxy.isSilent = true;
    await attempt('after');

    expect(calls).toEqual(['after-commit OUTCOME_UNKNOWN', 'after-rollback OUTCOME_UNKNOWN']);
  });
});
