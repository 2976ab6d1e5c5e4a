import type { EntityManager, EventSubscriber } from '@mikro-orm/core';
import { raw } from '@mikro-orm/postgresql';
import { PostSave, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { applicationWithReceiver, Author, entities, Seat, Tag } from './flushes/library.js';

const withReceiver = applicationWithReceiver();

describe('a direct write before the SQL', () => {
  const execute = (em: EntityManager, sql: string) =>
    em.getConnection().execute(sql, ['x'], 'all', em.getTransactionContext());
  const writes: [string, (em: EntityManager) => Promise<unknown>][] = [
    ['nativeUpdate', em => em.nativeUpdate(Tag, {}, { label: 'x' })],
    ['nativeDelete', em => em.nativeDelete(Tag, {})],
    ['insert', em => em.insert(Tag, { label: 'x' })],
    ['upsert', em => em.upsert(Tag, { id: 1, label: 'x' })],
    ['execute', em => execute(em, 'insert into tag (label) values (?)')],
    ['a writing CTE', em => execute(em, 'with x as (insert into tag (label) values (?) returning id) select * from x')],
    ['em.transactional', em => em.transactional(inner => inner.nativeUpdate(Tag, {}, { label: 'x' }))],
    ['a fork', em => em.fork().insert(Tag, { label: 'x' })],
  ];

  it.each(writes)('is refused in an implicit flush, which has no transaction yet: %s', async (_name, write) => {
    const t = withReceiver([PreSave], Author, (_author, message) => write(message.em!));
    const em = t.fork();
    em.create(Author, { name: 'Ann' });

    const flushing = em.flush();

    await expect(flushing).rejects.toMatchObject({ code: 'NO_TRANSACTION' });
    await expect(flushing).rejects.toThrow(/^\w+\.\w+ \(PreSave\) cannot write by itself/);
    await expect(flushing).rejects.toThrow(/PostSave|`Post\*`[^]*em\.transactional/);
    expect(await t.fork().count(Tag)).toBe(0);
  });

  it.each(writes.filter(([name]) => name !== 'a fork'))('joins an explicit transaction: %s', async (_name, write) => {
    const t = withReceiver([PreSave], Author, (_author, message) => write(message.em!));
    const seed = t.fork();
    seed.create(Tag, { label: 'old' });
    await seed.flush();

    await expect(
      t.fork().transactional(async em => {
        em.create(Author, { name: 'Ann' });
        await em.flush();
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');

    expect(await t.fork().findAll(Tag)).toMatchObject([{ label: 'old' }]);
  });

  it('is none of the library’s business elsewhere: reads, and writes of other code', async () => {
    const t = withReceiver([PreSave], Author, async (_author, { em }) => {
      await em!.getConnection().execute('select 1');
      await em!.getConnection().execute('with x as (select 1) select * from x');
      await em!.findAll(Tag);
    });
    const em = t.fork();
    em.create(Author, { name: 'Ann' });
    const [, written] = await Promise.all([em.flush(), t.fork().insert(Tag, { label: 'beside' })]);

    expect(written).toBeDefined();
    expect(await t.fork().count(Tag)).toBe(1);
  });
});

describe('values that MikroORM writes later', () => {
  it('are seen by receivers, and sent, when a unique value moves to another row', async () => {
    const seen: unknown[] = [];
    const t = withReceiver([PreSave], Seat, (seat: Seat) => {
      seen.push(seat.code);
      seat.note = `now ${seat.code}`;
    });
    const changes: unknown[] = [];
    using _connection = t.app
      .get(PostSave)
      .connect(payload => changes.push([payload.instance.id, payload.changes.code]), { sender: Seat });
    const em = t.fork();
    const [a, b] = [em.create(Seat, { code: 'a' }), em.create(Seat, { code: 'b' })];
    await em.flush();
    seen.length = changes.length = 0;

    [a.code, b.code] = [null, 'a'];
    await em.flush();

    expect(seen).toEqual([null, 'a']);
    expect(changes).toEqual([
      [a.id, { from: 'a', to: null }],
      [b.id, { from: 'b', to: 'a' }],
    ]);
    expect(await t.fork().findAll(Seat, { orderBy: { id: 1 } })).toMatchObject([
      { code: null, note: 'now null' },
      { code: 'a', note: 'now a' },
    ]);
  });
});

describe('the application’s own subscribers', () => {
  it('have changed a flush before receivers see it, however late they came', async () => {
    const names: string[] = [];
    await using t = await startOrmApp({ entities });
    t.app.get(PreSave).connect(({ instance }) => names.push(instance.name), { sender: Author });
    const subscriber: EventSubscriber = {
      onFlush({ uow }) {
        for (const { entity } of uow.getChangeSets()) {
          if (!(entity instanceof Author)) continue;
          entity.name = `${entity.name}!`;
          uow.recomputeSingleChangeSet(entity);
        }
      },
    };
    const save = async (name: string) => {
      const em = t.fork();
      em.create(Author, { name });
      await em.flush();
    };

    await save('first');
    t.orm.em.getEventManager().registerSubscriber(subscriber);
    await save('second');
    await t.fork().transactional(async em => {
      em.create(Author, { name: 'third' });
    });

    expect(names).toEqual(['first', 'second!', 'third!']);
  });
});

it('raw values are written as they are', async () => {
  const t = withReceiver([PreSave], Author, (author: Author) => {
    author.slug = 'set';
  });
  const em = t.fork();
  const author = em.create(Author, { name: 'Ann' });
  await em.flush();
  author.name = raw(`'raw'`);
  await em.flush();

  expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'raw', slug: 'set' }]);
});
