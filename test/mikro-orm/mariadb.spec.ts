import type { EntityManager } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { jest } from '@jest/globals';
import { afterCommit, afterRollback, beforeCommit, PostDelete, PostSave, PreSave, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { isMariaDbInstalled, type MariaDb, startMariaDb } from '../support/mariadb.js';
import { quiet } from '../support/quiet.js';
import { Item, ItemSchema, Placed } from './deliveries/items.js';

quiet();
jest.setTimeout(120_000);

if (isMariaDbInstalled) {
  describe('On MariaDB', () => {
    onMariaDb();
  });
} else {
  console.warn('MARIADB IS NOT INSTALLED: nothing was tested on it. Debian: apt-get install mariadb-server-core');
  it('nothing is tested where there is no MariaDB', () => expect(isMariaDbInstalled).toBe(false));
}

function onMariaDb() {
  let server: MariaDb;
  let app: Awaited<ReturnType<typeof compileApp>>;
  let orm: MikroORM;
  let calls: string[];
  let connections: Disposable[];
  beforeAll(async () => {
    server = await startMariaDb();
    const root = MikroOrmModule.forRoot({
      driver: MariaDbDriver,
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      dbName: 'signals',
      entities: [ItemSchema],
    });
    app = await compileApp({ imports: [root, SignalsModule.forRoot()], providers: [Placed] });
    orm = app.get<MikroORM>(MikroORM);
    await orm.schema.ensureDatabase();
    await orm.schema.create();
    await app.init();
  });
  afterAll(async () => {
    await app?.close();
    await server?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    calls = [];
    connections = [];
    await orm.em.fork().nativeDelete(Item, {});
  });
  afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

  const names = async () => (await orm.em.fork().findAll(Item, { orderBy: { id: 1 } })).map(({ name }) => name);
  const deliver = () => {
    for (const delivery of [beforeCommit, afterCommit, afterRollback]) {
      const receive = async ({ name }: { name: string }, { em }: { em?: EntityManager }) => {
        calls.push(`${delivery.name} ${name} ${await em!.count(Item)}`);
      };
      connections.push(app.get(Placed).connect(receive, { delivery, uid: delivery.name }));
    }
  };
  const send = (name: string) => app.get(Placed).send(null, { name });

  it('flushes send their signals, with what changes', async () => {
    for (const [signal, name] of [
      [PreSave, 'PreSave'],
      [PostSave, 'PostSave'],
    ] as const) {
      const receive = ({ created, changes }: { created: boolean; changes: object }) =>
        calls.push(`${name} ${created} ${JSON.stringify((changes as { name?: unknown }).name)}`);
      connections.push(app.get<PostSave>(signal).connect(receive, { sender: Item }));
    }
    connections.push(app.get(PostDelete).connect(() => calls.push('PostDelete'), { sender: Item }));
    const em = orm.em.fork();

    const item = em.create(Item, { name: 'chair' });
    await em.flush();
    item.name = 'table';
    await em.flush();
    await em.remove(item).flush();

    expect(calls).toEqual([
      'PreSave true {"to":"chair"}',
      'PostSave true {"to":"chair"}',
      'PreSave false {"from":"chair","to":"table"}',
      'PostSave false {"from":"chair","to":"table"}',
      'PostDelete',
    ]);
  });

  it('receivers run before and after COMMIT, and after a rollback; a robust send leaves the transaction whole', async () => {
    deliver();
    const place = (name: string, fails = false) =>
      orm.em.fork().transactional(async em => {
        em.create(Item, { name });
        await em.flush();
        await send(name);
        if (fails) throw new Error('undone');
      });

    await place('first');
    await expect(place('second', true)).rejects.toThrow('undone');
    connections.push(app.get(Placed).connect(() => Promise.reject(new Error('no')), { uid: 'fails' }));
    await orm.em.fork().transactional(async em => {
      em.create(Item, { name: 'third' });
      await em.flush();
      const answers = await app.get(Placed).sendRobust(null, { name: 'third' });
      expect(answers.at(-1)!.status).toBe('rejected');
    });

    expect(calls).toEqual([
      'before-commit first 1',
      'after-commit first 1',
      'after-rollback second 1',
      'before-commit third 2',
      'after-commit third 2',
    ]);
  });

  describe('a transaction that the server has rolled back to end a deadlock, whose error was caught', () => {
    type Way = (work: (em: EntityManager) => Promise<void>) => Promise<unknown>;
    const WAYS: Record<string, Way> = {
      'em.transactional()': work => orm.em.fork().transactional(work),
      'em.begin() and em.commit()': async work => {
        const em = orm.em.fork();
        await em.begin();
        await work(em);
        await em.commit().catch(async (error: Error) => {
          await em.rollback();
          throw error;
        });
      },
    };

    it.each(Object.entries(WAYS))('is not committed: %s', async (_way, run) => {
      deliver();
      await orm.em.fork().insertMany(
        Item,
        ['a', 'b', 'c', 'd', 'e'].map((name, at) => ({ id: at + 1, name })),
      );
      const [victimReady, otherReady] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const errors: unknown[] = [];

      const victim = run(async em => {
        await app.get(Placed).send(null, { name: 'victim' }, { em });
        await em.nativeUpdate(Item, { id: 1 }, { name: 'victim' });
        victimReady.resolve();
        await otherReady.promise;
        await em.nativeUpdate(Item, { id: 2 }, { name: 'victim' }).catch((error: unknown) => errors.push(error));
      });
      // The server ends the smaller one.
      const other = orm.em.fork().transactional(async em => {
        await em.nativeUpdate(Item, { id: { $gt: 1 } }, { name: 'other' });
        otherReady.resolve();
        await victimReady.promise;
        await em.nativeUpdate(Item, { id: 1 }, { name: 'other' });
      });

      await expect(victim).rejects.toMatchObject({
        code: 'TRANSACTION_REFUSED',
        message: expect.stringContaining('the server has rolled it back'),
      });
      await other;
      expect(errors).toMatchObject([{ errno: 1213 }]);
      expect(calls.filter(call => !call.startsWith('before'))).toEqual([
        expect.stringContaining('after-rollback victim'),
      ]);
      expect(await names()).toEqual(['other', 'other', 'other', 'other', 'other']);
    });
  });
}
