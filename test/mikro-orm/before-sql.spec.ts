import { EntityManager, EntityRepository, type EventSubscriber, wrap } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, raw } from '@mikro-orm/postgresql';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    slug: p.string().nullable(),
    deletedAt: p.datetime().nullable(),
    books: () => p.oneToMany(Book).mappedBy('author'),
    tags: () => p.manyToMany(Tag),
  },
});
class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    author: () => p.manyToOne(Author).nullable(),
  },
});
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const TagSchema = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), label: p.string() } });
class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

/** One row takes the unique value that another gives up: MikroORM writes it later. */
const SeatSchema = defineEntity({
  name: 'Seat',
  properties: { id: p.integer().primary(), code: p.string().nullable().unique(), note: p.string().nullable() },
});
class Seat extends SeatSchema.class {}
SeatSchema.setClass(Seat);

const entities = [AuthorSchema, BookSchema, TagSchema, SeatSchema];

/** An application with one receiver, given as a function. */
function withReceiver(
  signals: (typeof PreSave | typeof PreDelete)[],
  sender: Type,
  receive: (instance: never, message: Message, em: EntityManager) => unknown,
  providers: Type[] = [],
) {
  @Injectable()
  class Receiver {
    constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

    @OnSignal(signals as (typeof PreSave)[], { sender })
    receive({ instance }: { instance: object }, message: Message) {
      return receive(instance as never, message, this.em);
    }
  }
  return startOrmApp({ entities, imports: [MikroOrmModule.forFeature(entities)], providers: [Receiver, ...providers] });
}

/** Records what is sent of every entity. */
@Injectable()
class Log {
  readonly lines: string[] = [];

  @OnSignal([PreSave, PostSave])
  onSave({ instance, created }: PayloadOf<PostSave>, { signal }: Message) {
    this.lines.push(`${signal.constructor.name} ${instance.constructor.name} ${created ? 'created' : 'updated'}`);
  }

  @OnSignal([PreDelete, PostDelete])
  onDelete({ instance }: PayloadOf<PostDelete>, { signal }: Message) {
    this.lines.push(`${signal.constructor.name} ${instance.constructor.name}`);
  }
}

describe.each(['implicit flush', 'transactional', 'begin and commit'] as const)(
  'a receiver before the SQL, in %s',
  way => {
    /** Runs `change` and a flush of the kind that this block is about. */
    async function flushed(t: { fork(): EntityManager }, change: (em: EntityManager) => unknown) {
      const em = t.fork();
      if (way === 'transactional') {
        await em.transactional(async inner => {
          await change(inner);
        });
      } else if (way === 'begin and commit') {
        await em.begin();
        try {
          await change(em);
          await em.commit();
        } catch (error) {
          await em.rollback();
          throw error;
        }
      } else {
        await change(em);
        await em.flush();
      }
      return em;
    }

    it('is in the EntityManager of the flush: the message’s, the injected one and its repositories', async () => {
      const seen: boolean[] = [];
      @Injectable()
      class Notes {
        constructor(@InjectRepository(Tag) private readonly tags: EntityRepository<Tag>) {}

        em() {
          return this.tags.getEntityManager().getContext();
        }
      }
      let notes: Notes | undefined;
      await using t = await withReceiver(
        [PreSave],
        Author,
        (_author, message, em) => {
          seen.push(message.em === em.getContext(), message.em === notes!.em());
        },
        [Notes],
      );
      notes = t.app.get(Notes);
      let flushing: EntityManager | undefined;

      await flushed(t, em => {
        flushing = em;
        em.create(Author, { name: 'Ann' });
      });

      expect(seen).toEqual([true, true]);
      expect(flushing).toBeDefined();
    });

    it('may change the instance, set a value back, and unset one', async () => {
      await using t = await withReceiver([PreSave], Author, (author: Author) => {
        author.slug = author.name.toLowerCase();
        if (author.name === 'Refused') author.name = 'Ann';
        if (author.slug === 'unset') author.slug = null;
      });
      await flushed(t, em => em.create(Author, { name: 'Ann', slug: 'given' }));
      expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann', slug: 'ann' }]);

      const em = await flushed(t, async inner => {
        const author = await inner.findOneOrFail(Author, { name: 'Ann' });
        author.name = 'Refused';
      });

      expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann', slug: 'refused' }]);
      expect(em).toBeDefined();
      await flushed(t, inner => inner.create(Author, { name: 'Unset' }));
      expect(await t.fork().findOneOrFail(Author, { name: 'Unset' })).toMatchObject({ slug: null });
    });

    it.each(['whose signal comes before', 'whose signal comes after', 'without receivers'])(
      'may change another entity of the flush, %s',
      async which => {
        const sender = which === 'without receivers' ? Book : ([Author, Book] as never);
        await using t = await withReceiver([PreSave], sender, (instance: Author | Book) => {
          if (!(instance instanceof Book)) return;
          Object.assign(instance.author!, { slug: 'written', deletedAt: new Date('2026-01-02T03:04:05Z') });
        });

        await flushed(t, em => {
          const author = em.create(
            Author,
            { name: 'Ann', deletedAt: new Date(0) },
            { persist: which === 'whose signal comes before' },
          );
          em.create(Book, { title: 'One', author });
        });

        expect(await t.fork().findAll(Author)).toMatchObject([
          { name: 'Ann', slug: 'written', deletedAt: new Date('2026-01-02T03:04:05Z') },
        ]);
        expect(await t.fork().findOneOrFail(Book, { title: 'One' })).toMatchObject({ author: { id: 1 } });
      },
    );

    it('sends nothing after the SQL when it set everything back', async () => {
      await using t = await withReceiver(
        [PreSave],
        Author,
        (author: Author) => {
          if (author.name === 'Refused') author.name = 'Ann';
        },
        [Log],
      );
      await flushed(t, em => em.create(Author, { name: 'Ann' }));
      t.app.get(Log).lines.length = 0;

      await flushed(t, async em => {
        (await em.findOneOrFail(Author, { name: 'Ann' })).name = 'Refused';
      });

      expect(t.app.get(Log).lines).toEqual(['PreSave Author updated']);
      expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann' }]);
    });

    it('may persist new entities, nested ones too, and signals about them are sent as well', async () => {
      await using t = await withReceiver(
        [PreSave],
        Author,
        (author: Author, { em }) => {
          if (author.books.isInitialized() && author.books.length > 0) return;
          em!.persist(em!.create(Book, { title: `of ${author.name}`, author }, { persist: false }));
          const coauthor = em!.create(Author, { name: `${author.name} junior` }, { persist: false });
          coauthor.books.add(em!.create(Book, { title: 'nested' }, { persist: false }));
          if (!author.name.endsWith('junior')) em!.persist(coauthor);
        },
        [Log],
      );

      await flushed(t, em => em.create(Author, { name: 'Ann' }));

      const books = await t.fork().findAll(Book, { populate: ['author'], orderBy: { id: 1 } });
      expect(new Map(books.map(book => [book.title, book.author?.name]))).toEqual(
        new Map([
          ['nested', 'Ann junior'],
          ['of Ann', 'Ann'],
        ]),
      );
      expect(
        t.app
          .get(Log)
          .lines.filter(line => line.startsWith('Pre'))
          .sort(),
      ).toEqual(['PreSave Author created', 'PreSave Author created', 'PreSave Book created', 'PreSave Book created']);
      expect(t.app.get(Log).lines.filter(line => line.startsWith('Post'))).toHaveLength(4);
    });

    it('may hang new entities on the instance', async () => {
      await using t = await withReceiver([PreSave], Book, (book: Book, { em }) => {
        book.author ??= em!.create(Author, { name: `author of ${book.title}` }, { persist: false });
      });

      await flushed(t, em => em.create(Book, { title: 'Emma' }));

      expect(await t.fork().findAll(Book, { populate: ['author'] })).toMatchObject([
        { title: 'Emma', author: { name: 'author of Emma' } },
      ]);
    });

    it('may add to a collection of the instance', async () => {
      await using t = await withReceiver([PreSave], Author, (author: Author, { em }) => {
        author.tags.add(em!.create(Tag, { label: 'new' }, { persist: false }));
      });

      await flushed(t, em => em.create(Author, { name: 'Ann' }));

      const author = await t.fork().findOneOrFail(Author, { name: 'Ann' }, { populate: ['tags'] });
      expect(author.tags.map(({ label }) => label)).toEqual(['new']);
    });

    it('may remove other entities, and take back what is new', async () => {
      await using t = await withReceiver(
        [PreSave],
        Author,
        async (author: Author, { em }) => {
          for (const book of await em!.find(Book, { title: 'old' })) em!.remove(book);
          if (author.name === 'Nobody') em!.remove(author);
        },
        [Log],
      );
      const seed = t.fork();
      seed.create(Book, { title: 'old' });
      await seed.flush();
      t.app.get(Log).lines.length = 0;

      await flushed(t, em => {
        em.create(Author, { name: 'Ann' });
        em.create(Author, { name: 'Nobody' });
      });

      expect(await t.fork().count(Book)).toBe(0);
      expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann' }]);
      expect(t.app.get(Log).lines.filter(line => line.startsWith('Post'))).toEqual([
        'PostSave Author created',
        'PostDelete Book',
      ]);
    });

    it('may turn an update into a delete', async () => {
      await using t = await withReceiver(
        [PreSave],
        Author,
        (author: Author, { em }) => {
          if (author.name === 'Gone') em!.remove(author);
        },
        [Log],
      );
      await flushed(t, em => em.create(Author, { name: 'Ann' }));
      t.app.get(Log).lines.length = 0;

      await flushed(t, async em => {
        (await em.findOneOrFail(Author, { name: 'Ann' })).name = 'Gone';
      });

      expect(await t.fork().count(Author)).toBe(0);
      expect(t.app.get(Log).lines).toEqual(['PreSave Author updated', 'PreDelete Author', 'PostDelete Author']);
    });

    it('may not flush, and the flush fails with what it tried', async () => {
      await using t = await withReceiver([PreSave], Author, (_author, _message, em) => em.flush());

      await expect(flushed(t, em => em.create(Author, { name: 'Ann' }))).rejects.toMatchObject({
        code: 'FLUSH_INSIDE_RECEIVER',
        message: expect.stringMatching(/^\w+\.\w+ \(PreSave\) cannot flush/),
      });
      expect(await t.fork().count(Author)).toBe(0);
    });

    it('may query: nothing is flushed for it', async () => {
      const found: number[] = [];
      await using t = await withReceiver([PreSave], Author, async (_author, { em }) => {
        em!.setFlushMode('always');
        found.push(await em!.count(Author));
      });

      await flushed(t, em => em.create(Author, { name: 'Ann' }));

      expect(found).toEqual([0]);
      expect(await t.fork().count(Author)).toBe(1);
    });

    it('takes a delete back by persisting the instance, and what it changed is an update', async () => {
      await using t = await withReceiver(
        [PreDelete],
        Author,
        (author: Author, { em }) => {
          if (author.name === 'Kept') author.deletedAt = new Date('2026-01-01T00:00:00Z');
          if (author.name !== 'Gone') em!.persist(author);
        },
        [Log],
      );
      const seed = t.fork();
      for (const name of ['Kept', 'Untouched', 'Gone']) {
        const author = seed.create(Author, { name });
        author.books.add(seed.create(Book, { title: `of ${name}` }));
        author.tags.add(seed.create(Tag, { label: name }));
      }
      await seed.flush();
      t.app.get(Log).lines.length = 0;

      await flushed(t, async em => {
        for (const author of await em.findAll(Author, { populate: ['books', 'tags'] })) em.remove(author);
      });

      const left = await t.fork().findAll(Author, { populate: ['books', 'tags'], orderBy: { name: 1 } });
      expect(left.map(author => wrap(author).toPOJO())).toMatchObject([
        {
          name: 'Kept',
          deletedAt: new Date('2026-01-01T00:00:00Z'),
          books: [{ title: 'of Kept' }],
          tags: [{ label: 'Kept' }],
        },
        { name: 'Untouched', deletedAt: null, books: [{ title: 'of Untouched' }], tags: [{ label: 'Untouched' }] },
      ]);
      expect(
        t.app
          .get(Log)
          .lines.filter(line => line.includes('Author'))
          .sort(),
      ).toEqual([
        'PostDelete Author',
        'PostSave Author updated',
        'PreDelete Author',
        'PreDelete Author',
        'PreDelete Author',
        'PreSave Author updated',
      ]);
    });
  },
);

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
    await using t = await withReceiver([PreSave], Author, (_author, message) => write(message.em!));
    const em = t.fork();
    em.create(Author, { name: 'Ann' });

    const flushing = em.flush();

    await expect(flushing).rejects.toMatchObject({ code: 'NO_TRANSACTION' });
    await expect(flushing).rejects.toThrow(/^\w+\.\w+ \(PreSave\) cannot write by itself/);
    await expect(flushing).rejects.toThrow(/PostSave|`Post\*`[^]*em\.transactional/);
    expect(await t.fork().count(Tag)).toBe(0);
  });

  it.each(writes.filter(([name]) => name !== 'a fork'))('joins an explicit transaction: %s', async (_name, write) => {
    await using t = await withReceiver([PreSave], Author, (_author, message) => write(message.em!));
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
    await using t = await withReceiver([PreSave], Author, async (_author, { em }) => {
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
    await using t = await withReceiver([PreSave], Seat, (seat: Seat) => {
      seen.push(seat.code);
      seat.note = `now ${seat.code}`;
    });
    const changes: unknown[] = [];
    t.app.get(PostSave).connect(payload => changes.push([payload.instance.id, payload.changes.code]), { sender: Seat });
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
    await using t = await withReceiver([PreSave], Author, (author: Author) => names.push(author.name));
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
  await using t = await withReceiver([PreSave], Author, (author: Author) => {
    author.slug = 'set';
  });
  const em = t.fork();
  const author = em.create(Author, { name: 'Ann' });
  await em.flush();
  author.name = raw(`'raw'`);
  await em.flush();

  expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'raw', slug: 'set' }]);
});
