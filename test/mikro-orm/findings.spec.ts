import type { EventSubscriber, TransactionEventArgs } from '@mikro-orm/core';
import { defineEntity, MikroORM, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

// What MikroORM does by itself, and why this library does what it does. Where one of these fails with a later version,
// something that takes care of it may be left out; the tests of that are beside each.

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: { id: p.integer().primary(), name: p.string().unique() },
});
class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

let database: TestDatabase;
let orm: MikroORM;
beforeEach(async () => {
  database = await createTestDatabase();
  orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    clientUrl: database.url,
    entities: [AuthorSchema],
    pool: { min: 0, max: 2 },
  });
  await orm.schema.create();
});
afterEach(async () => {
  // A connection that was leaked would be waited for, until its session is ended.
  void orm.close(true);
  await database.drop();
});

const subscribe = (subscriber: EventSubscriber) => orm.em.getEventManager().registerSubscriber(subscriber);
const stored = () => orm.em.fork().count(Author);
const no = () => Promise.reject(new Error('no'));

async function flush(): Promise<void> {
  const em = orm.em.fork();
  em.create(Author, { name: 'ann' });
  await em.flush();
}

const outcome = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'resolves',
    () => 'rejects',
  );

/** The state that a subscriber finds when a transaction has committed. */
async function afterCommit(look: (args: TransactionEventArgs) => Promise<unknown>): Promise<unknown> {
  let found: unknown;
  subscribe({
    afterTransactionCommit: async args => {
      found = await outcome(look(args));
    },
  });
  await flush();
  return found;
}

describe('MikroORM 7.2.1', () => {
  // deliveries/refused.spec.ts, robust.spec.ts
  it('takes the COMMIT of a transaction that PostgreSQL has given up for one', async () => {
    const received: string[] = [];
    subscribe({ afterTransactionCommit: async () => void received.push('committed') });
    const done = orm.em.fork().transactional(async em => {
      await em.insert(Author, { name: 'ann' });
      await outcome(em.execute('select * from nowhere'));
    });

    await expect(done).resolves.toBeUndefined();
    expect(received).toEqual(['committed']);
    expect(await stored()).toBe(0);
  });

  // deliveries/truth-table.spec.ts, after-sql.spec.ts
  it('ends a flush after COMMIT where it opens the transaction itself, and before where it does not', async () => {
    const received: string[] = [];
    subscribe({
      afterFlush: async () => void received.push('flushed'),
      afterTransactionCommit: async () => void received.push('committed'),
    });
    await flush();
    await orm.em.fork().transactional(em => void em.create(Author, { name: 'bob' }));

    expect(received).toEqual(['committed', 'flushed', 'flushed', 'committed']);
  });

  // deliveries/isolation.spec.ts
  it('leaves an EntityManager without a transaction to use after COMMIT, until its context is reset', async () => {
    expect(await afterCommit(({ em }) => em.count(Author))).toBe('rejects');
    await orm.em.fork().nativeDelete(Author, {});
    expect(
      await afterCommit(({ em }) => {
        em.resetTransactionContext();
        return em.count(Author);
      }),
    ).toBe('resolves');
  });

  // deliveries/isolation.spec.ts
  it('rejects what is committed with an error after COMMIT', async () => {
    subscribe({ afterTransactionCommit: no });

    expect(await outcome(flush())).toBe('rejects');
    expect(await stored()).toBe(1);
  });

  // deliveries/pool-of-one.spec.ts
  it('keeps the connection of a transaction that an error comes out of at its start', async () => {
    subscribe({ afterTransactionStart: no });
    expect(await outcome(flush())).toBe('rejects');
    const sql = `select count(*)::int as open from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`;

    expect(await orm.em.getConnection().execute(sql)).toEqual([{ open: 1 }]);
  });

  // deliveries/savepoints.spec.ts
  it('calls subscribers for a released savepoint as for a COMMIT; only its name shows which', async () => {
    const received: boolean[] = [];
    subscribe({
      afterTransactionCommit: async ({ transaction }) => void received.push('savepointName' in transaction!),
    });
    await outcome(
      orm.em.fork().transactional(async em => {
        await em.transactional(inner => void inner.create(Author, { name: 'ann' }));
        return no();
      }),
    );

    expect(received).toEqual([true]);
    expect(await stored()).toBe(0);
  });

  // mappings.spec.ts
  it('does not call a subscriber that is registered during a transaction for that transaction', async () => {
    const received: string[] = [];
    await orm.em.fork().transactional(async em => {
      subscribe({ afterFlush: async () => void received.push('flushed') });
      em.create(Author, { name: 'ann' });
    });

    expect(received).toEqual([]);
  });

  // direct-writes.spec.ts
  it('calls no subscriber of an entity before an upsert, because that has plain data', async () => {
    const received: string[] = [];
    subscribe({
      getSubscribedEntities: () => [Author],
      beforeUpsert: async () => void received.push('before'),
      afterUpsert: async () => void received.push('after'),
    });
    await orm.em.fork().upsert(Author, { name: 'ann' });

    expect(received).toEqual(['after']);
  });
});
