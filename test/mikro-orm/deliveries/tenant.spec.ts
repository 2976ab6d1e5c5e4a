import type { EntityManager } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  afterCommit,
  afterRollback,
  beforeCommit,
  type ConnectOptions,
  type Delivery,
  inline,
  type Message,
  PostSave,
  ReceiverFailed,
} from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { expected, Note, NoteSchema, seen, Shipped, startTenants } from './tenants.js';

let t: Awaited<ReturnType<typeof startTenants>>;
let connections: Disposable[];
beforeAll(async () => {
  t = await startTenants();
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(() => {
  connections = [];
});
afterEach(async () => {
  connections.forEach(connection => connection[Symbol.dispose]());
  await t.empty();
});

type Receive = (payload: { of: string }, message: Message) => unknown;

function onShipped(uid: string, receive: Receive, options: ConnectOptions = {}): void {
  connections.push(t.app.get(Shipped).connect(receive, { uid, ...(options as object) }));
}

const ship = (of: string, em?: EntityManager) => t.app.get(Shipped).send(null, { of }, em ? { em } : {});

type Way = (em: EntityManager, work: () => Promise<unknown>) => Promise<unknown>;
const commit: Way = (em, work) => em.transactional(work);
const rollBack: Way = async (em, work) => {
  await em.begin();
  await work();
  await em.rollback();
};

describe.each<[string, Delivery, Way]>([
  ['inside the send', inline, commit],
  ['before COMMIT', beforeCommit, commit],
  ['after COMMIT', afterCommit, commit],
  ['after COMMIT, detached', afterCommit({ detached: true }), commit],
  ['after a rollback', afterRollback, rollBack],
  ['after COMMIT, without a transaction', afterCommit, (_em, work) => work()],
  ['before COMMIT, without a transaction', beforeCommit, (_em, work) => work()],
])('A receiver that is called %s', (_when, delivery, run) => {
  it('has the schema, the filter parameters and the session of the sender', async () => {
    const calls: unknown[] = [];
    const { promise: called, resolve } = Promise.withResolvers<void>();
    onShipped(
      'sees',
      async (_payload, { em }) => {
        calls.push(delivery === inline ? expected('one') : await seen(em!));
        em!.create(Note, { owner: 'one' });
        await em!.flush();
        resolve();
      },
      { delivery },
    );
    const em = t.tenant('one');

    await run(em, () => ship('chair', em));
    await called;

    expect(calls).toEqual([expected('one')]);
    expect(await t.owners('one')).toEqual(['one']);
    expect(await t.owners('main')).toEqual([]);
  });
});

describe('After COMMIT', () => {
  it('signals about rows of several tenants of one transaction are received in their own', async () => {
    const written: string[] = [];
    connections.push(
      t.app.get(PostSave).connect(
        async ({ instance, schema }, { em }) => {
          const { owner } = instance;
          written.push(`${owner} ${schema} ${em!.schema} ${String(em!.getFilterParams('late')?.owner)}`);
          em!.create(Note, { owner: `about ${owner}` });
        },
        {
          sender: Note,
          delivery: afterCommit,
          uid: 'follows',
          when: ({ instance }) => !instance.owner.includes('about'),
        },
      ),
    );

    await t.fork().transactional(async em => {
      for (const name of ['one', 'two', 'one']) {
        em.schema = name;
        em.setFilterParams('late', { owner: name });
        em.create(Note, { owner: name });
        await em.flush();
      }
    });

    expect(written).toEqual(['one one one one', 'two two two two', 'one one one one']);
    expect(await t.owners('one')).toEqual(['about one', 'about one', 'one', 'one']);
    expect(await t.owners('two')).toEqual(['about two', 'two']);
    expect(await t.owners('main')).toEqual([]);
  });

  it('one call takes messages of one tenant, and a key counts within one', async () => {
    const batches: unknown[] = [];
    const coalesced: unknown[] = [];
    onShipped('batch', (payloads, { em }) => batches.push([em!.schema, (payloads as unknown as object[]).length]), {
      delivery: afterCommit,
      batch: true,
    } as never);
    onShipped('coalesced', ({ of }, { em }) => coalesced.push([em!.schema, of]), {
      delivery: afterCommit,
      coalesce: () => 'key',
    });

    await t.fork().transactional(async em => {
      for (const [name, of] of [
        ['one', 'a'],
        ['two', 'b'],
        ['one', 'c'],
      ] as const) {
        em.schema = name;
        await ship(of, em);
      }
    });

    expect(batches).toEqual([
      ['one', 2],
      ['two', 1],
    ]);
    expect(coalesced).toEqual([
      ['two', 'b'],
      ['one', 'c'],
    ]);
  });

  it('an error is reported in the tenant of the message', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const schemas: unknown[] = [];
    connections.push(
      t.app.get(ReceiverFailed).connect((_payload, { em }) => schemas.push(em!.schema), { uid: 'schemas' }),
    );
    onShipped('fails', () => Promise.reject(new Error('no')), { delivery: afterCommit });
    const em = t.tenant('two');

    await em.transactional(() => ship('chair'));

    expect(schemas).toEqual(['two']);
    logged.mockRestore();
  });

  it('goes on when the request is aborted in which the message was sent', async () => {
    const found: number[] = [];
    onShipped('counts', async (_payload, { em }) => found.push(await em!.count(Note)), { delivery: afterCommit });
    const abort = new AbortController();
    const em = t.orm.em.fork({ schema: 'one', signal: abort.signal });
    em.setFilterParams('late', { owner: 'one' });

    await em.begin();
    await ship('chair', em);
    const committing = em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
    await committing;
    onShipped('aborts', () => abort.abort(), { delivery: afterCommit, before: 'counts' });
    await ship('chair', em);
    await em.commit();

    expect(found).toEqual([0, 0]);
  });
});

describe('With a replica that lags behind', () => {
  let replica: TestDatabase;
  beforeAll(async () => {
    replica = await createTestDatabase();
  });
  afterAll(() => replica.drop());

  it('a receiver after COMMIT reads from the writer', async () => {
    await using app = await startOrmApp({
      entities: [NoteSchema],
      providers: [Shipped],
      config: { schema: 'public', replicas: [{ clientUrl: replica.url, dbName: replica.name }] },
    });
    await app.orm.em.getConnection().execute('create table note (id serial primary key, owner text)');
    const found: unknown[] = [];
    app.app.get(Shipped).connect(
      async (_payload, { em }) => {
        found.push(await em!.count(Note), (await em!.findAll(Note, {})).length);
        found.push(await em!.transactional(inner => inner.count(Note)));
        const note = await em!.findOne(Note, { owner: 'one' });
        found.push(note?.owner, (await em!.refresh(note!))?.owner);
      },
      { uid: 'reads', delivery: afterCommit },
    );

    await app.orm.em.fork({ schema: 'public' }).transactional(async em => {
      em.create(Note, { owner: 'one' });
      await em.flush();
      await app.app.get(Shipped).send(null, { of: 'chair' });
    });

    expect(found).toEqual([1, 1, 1, 'one', 'one']);
  });
});
