import { MikroORM, type Options } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterCommit, afterRollback, beforeCommit, PostSave, PreSave, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../../support/app.js';
import { pglite } from '../../support/pglite.js';
import { Item, ItemSchema, Placed, startItems } from './items.js';

const DATABASES: readonly [string, Partial<Options>][] = [
  ['SQLite', { driver: SqliteDriver, dbName: ':memory:' } as Partial<Options>],
  ['PGlite, which has one connection', await pglite()],
];

describe.each(DATABASES)('On %s', (_name, config) => {
  it('receivers run before and after COMMIT, and after a rollback, with an EntityManager each', async () => {
    await using app = await compileApp({
      imports: [MikroOrmModule.forRoot({ ...config, entities: [ItemSchema] }), SignalsModule.forRoot()],
      providers: [Placed],
    });
    const orm = app.get<MikroORM>(MikroORM);
    await orm.schema.create();
    await app.init();
    const calls: string[] = [];
    for (const delivery of [beforeCommit, afterCommit, afterRollback]) {
      app.get(Placed).connect(
        async ({ name }, { em }) => {
          calls.push(`${delivery.name} ${name} ${await em!.count(Item)}`);
          em!.create(Item, { name: delivery.name });
        },
        { delivery, uid: delivery.name },
      );
    }
    app
      .get(Placed)
      .connect(() => Promise.reject(new Error('no')), { uid: 'robust', when: ({ name }) => name === 'robust' });
    const place = async (name: string, fails: boolean) => {
      await orm.em.fork().transactional(async em => {
        em.create(Item, { name });
        await em.flush();
        if (name === 'robust') await app.get(Placed).sendRobust(null, { name });
        else await em.transactional(() => app.get(Placed).send(null, { name }));
        if (fails) throw new Error('undone');
      });
    };
    app.useLogger(false);

    await place('first', false);
    await expect(place('second', true)).rejects.toThrow('undone');
    await place('robust', false);

    expect(calls).toEqual([
      'before-commit first 1',
      'after-commit first 2',
      'after-rollback second 3',
      'before-commit robust 5',
      'after-commit robust 6',
    ]);
  });
});

describe('Without implicit transactions', () => {
  it('nothing waits: signals of a flush are delivered at once, and those before its SQL at its end', async () => {
    await using t = await startItems({ config: { implicitTransactions: false } });
    const calls: string[] = [];
    for (const [signal, name] of [
      [PreSave, 'PreSave'],
      [PostSave, 'PostSave'],
    ] as const) {
      t.app
        .get<PostSave>(signal)
        .connect(async (_payload, { em }) => calls.push(`${name} ${await em!.count(Item)}`), { delivery: afterCommit });
    }
    const em = t.fork();
    em.create(Item, { name: 'chair' });
    await em.flush();
    calls.push('flushed');

    expect(calls.toSorted()).toEqual(['PostSave 1', 'PreSave 1', 'flushed']);
    expect(calls.at(-1)).toBe('flushed');
  });
});
