import { EntityManager, MikroORM, TransactionPropagation } from '@mikro-orm/core';
import { getEntityManagerToken, getMikroORMToken, MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import {
  afterCommit,
  afterRollback,
  beforeCommit,
  PostSave,
  PostUpsert,
  PreDelete,
  PreSave,
  SignalsModule,
} from 'nestjs-signals';
import { compileApp } from '../../support/app.js';
import { createTestDatabase } from '../../support/database.js';
import { Item, ItemSchema, Placed } from './items.js';

let app: Awaited<ReturnType<typeof compileApp>>;
let drop: (() => Promise<void>)[];
let placed: Placed;
let connections: Disposable[];
let calls: string[];

beforeAll(async () => {
  const databases = [await createTestDatabase(), await createTestDatabase()];
  drop = databases.map(database => () => database.drop());
  const config = { driver: PostgreSqlDriver, entities: [ItemSchema] };
  app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...config, clientUrl: databases[0]!.url }),
      MikroOrmModule.forRoot({ ...config, clientUrl: databases[1]!.url, contextName: 'archive' }),
      SignalsModule.forRoot(),
    ],
    providers: [Placed],
  });
  for (const token of [MikroORM, getMikroORMToken('archive')]) await app.get<MikroORM>(token).schema.create();
  await app.init();
  placed = app.get(Placed);
});

afterAll(async () => {
  await app.close();
  await Promise.all(drop.map(one => one()));
});

beforeEach(() => {
  calls = [];
  connections = [beforeCommit, afterCommit, afterRollback].map(delivery =>
    placed.connect(({ name }, { em }) => calls.push(`${delivery.name} ${name} ${em?.name}`), {
      delivery,
      uid: delivery.name,
    }),
  );
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

const em = () => app.get(EntityManager).fork();
const archive = () => app.get<EntityManager>(getEntityManagerToken('archive')).fork();
const send = (name: string, options?: { em: EntityManager }) => placed.send(null, { name }, options);

describe('Outside of a transaction', () => {
  it('beforeCommit and afterCommit receivers are called at once, and afterRollback ones never', async () => {
    await send('now');
    calls.push('-- sent');

    expect(calls).toEqual(['before-commit now default', 'after-commit now default', '-- sent']);
  });

  it('is where code runs that the application starts without one, inside another transaction', async () => {
    await em().transactional(outer =>
      outer.transactional(() => send('apart'), { propagation: TransactionPropagation.NOT_SUPPORTED }),
    );

    expect(calls).toEqual(['before-commit apart default', 'after-commit apart default']);
  });
});

describe('A message belongs to', () => {
  it('the ambient transaction', async () => {
    await em().transactional(async () => {
      await send('one');
      calls.push('-- sent');
    });

    expect(calls).toEqual(['-- sent', 'before-commit one default', 'after-commit one default']);
  });

  it('the transaction of options.em, whatever is ambient', async () => {
    const named = em();
    await named.begin();
    await archive().transactional(() => send('named', { em: named }));
    calls.push('-- the ambient one has ended');
    await named.commit();

    expect(calls).toEqual([
      '-- the ambient one has ended',
      'before-commit named default',
      'after-commit named default',
    ]);
  });

  it('no transaction, when options.em is in none', async () => {
    await em().transactional(() => send('named', { em: em() }));
    calls.push('-- ended');

    expect(calls).toEqual(['before-commit named default', 'after-commit named default', '-- ended']);
  });

  it('the outermost of its own, of REQUIRES_NEW in another', async () => {
    await em().transactional(async outer => {
      await send('outer');
      await outer.transactional(() => send('inner'), { propagation: TransactionPropagation.REQUIRES_NEW });
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit inner default',
      'after-commit inner default',
      '-- the inner one has ended',
      'before-commit outer default',
      'after-commit outer default',
    ]);
  });

  it.each([
    ['PreSave', PreSave],
    ['PostSave', PostSave],
  ])('the flush that is running, when a receiver of %s sends it', async (_name, signal) => {
    const sender = app.get<PreSave>(signal);
    connections.push(sender.connect(({ instance }) => send(instance.name), { sender: Item }));

    await archive().transactional(async outer => {
      const flushing = em();
      flushing.create(Item, { name: 'chair' });
      await flushing.flush();
      calls.push('-- flushed');
      expect(outer.isInTransaction()).toBe(true);
    });

    expect(calls).toEqual(['before-commit chair default', 'after-commit chair default', '-- flushed']);
  });

  it('the delivery that is running', async () => {
    const done = placed.connect(({ name }) => (name === 'first' ? send('second') : undefined), {
      delivery: beforeCommit,
      uid: 'sends more',
    });
    connections.push(done);

    await em().transactional(async () => {
      await send('first');
    });

    expect(calls).toEqual([
      'before-commit first default',
      'before-commit second default',
      'after-commit first default',
      'after-commit second default',
    ]);
  });

  it('no transaction when an afterCommit receiver sends it, although its sender is in another', async () => {
    connections.push(
      placed.connect(({ name }) => (name === 'first' ? send('second') : undefined), {
        delivery: afterCommit,
        uid: 'sends more',
      }),
    );

    await em().transactional(async outer => {
      await outer.transactional(() => send('first'), { propagation: TransactionPropagation.REQUIRES_NEW });
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit first default',
      'after-commit first default',
      'before-commit second default',
      'after-commit second default',
      '-- the inner one has ended',
    ]);
  });

  it('no transaction, when a write without one sends it, inside a transaction of another MikroORM', async () => {
    connections.push(app.get(PostUpsert).connect(() => send('upserted')));

    await em().transactional(async () => {
      await archive().upsert(Item, { id: 1, name: 'chair' });
      calls.push('-- upserted');
    });

    expect(calls).toEqual(['before-commit upserted archive', 'after-commit upserted archive', '-- upserted']);
  });

  it('the flush that is running, although its receiver has begun a transaction of another MikroORM', async () => {
    const copy = async () => {
      await archive().transactional(() => send('copied'));
      calls.push('-- copied');
    };
    connections.push(app.get(PostSave).connect(copy, { sender: Item, uid: 'copies' }));
    const flushing = em();
    flushing.create(Item, { name: 'chair' });
    await flushing.flush();

    expect(calls).toEqual(['-- copied', 'before-commit copied default', 'after-commit copied default']);
  });

  it('the innermost of two MikroORMs, whose EntityManager the receivers have', async () => {
    await em().transactional(async () => {
      await archive().transactional(() => send('archived'));
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit archived archive',
      'after-commit archived archive',
      '-- the inner one has ended',
    ]);
  });

  it('one of two that can be seen only when it is named: AMBIGUOUS_TRANSACTION', async () => {
    const { RequestContext } = await import('@mikro-orm/core');
    const one = app.get(EntityManager);
    await RequestContext.create(one, async () => {
      await one.begin();
      await archive().transactional(async other => {
        await expect(send('either')).rejects.toMatchObject({
          code: 'AMBIGUOUS_TRANSACTION',
          message: expect.stringMatching(/Placed[^]*'default' and 'archive'[^]*em \}/),
        });
        await send('this', { em: other });
      });
      await one.rollback();
    });

    expect(calls).toEqual(['before-commit this archive', 'after-commit this archive']);
  });
});

describe('What a receiver sends before the SQL of an implicit flush', () => {
  const toSend = (signal: typeof PreSave | typeof PreDelete, then?: () => void) =>
    connections.push(
      app.get<PreSave>(signal).connect(
        async ({ instance }) => {
          await send(instance.name);
          then?.();
        },
        { sender: Item },
      ),
    );

  it('is dropped with the flush, and afterRollback receivers run', async () => {
    await em().insert(Item, { id: 900, name: 'there already' });
    toSend(PreSave);
    const flushing = em();
    flushing.create(Item, { id: 900, name: 'one' });
    flushing.create(Item, { id: 901, name: 'two' });
    await expect(flushing.flush()).rejects.toThrow('duplicate key');

    expect(calls).toEqual(['after-rollback one default', 'after-rollback two default']);
  });

  it('is dropped, and calls no receiver, when the flush fails before it has a transaction', async () => {
    toSend(PreSave, () => {
      throw new Error('no');
    });
    const flushing = em();
    const item = flushing.create(Item, { name: 'one' });
    await expect(flushing.flush()).rejects.toThrow('no');
    expect(item).toBeDefined();
    await flushing.begin();
    await flushing.commit();

    expect(calls).toEqual([]);
  });

  it('is delivered as outside a transaction, when the flush turns out to have nothing to write', async () => {
    const flushing = em();
    const item = flushing.create(Item, { name: 'stays' });
    await flushing.flush();
    connections.push(
      app.get(PreDelete).connect(
        async ({ instance }, { em: own }) => {
          own!.persist(instance);
          await send('taken back');
        },
        { sender: Item },
      ),
    );
    flushing.remove(item);
    await flushing.flush();

    expect(calls).toEqual(['before-commit taken back default', 'after-commit taken back default']);
  });

  it('belongs to the transaction that the flush runs in, where there is one', async () => {
    toSend(PreSave);
    await em().transactional(async inner => {
      inner.create(Item, { name: 'one' });
      await inner.flush();
      calls.push('-- flushed');
    });

    expect(calls).toEqual(['-- flushed', 'before-commit one default', 'after-commit one default']);
  });
});
