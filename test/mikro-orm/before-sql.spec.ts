import { type EntityManager, wrap } from '@mikro-orm/core';
import { PreDelete, PreSave } from 'nestjs-signals';
import { FLUSHES, flushed as flush } from './flushes/flushed.js';
import { applicationWithReceiver, Author, Book, type Receiving, Tag, Tags } from './flushes/library.js';

const withReceiver = applicationWithReceiver();

describe.each(FLUSHES)('a receiver before the SQL, in %s', way => {
  const flushed = (t: Receiving, change: (em: EntityManager) => unknown) => flush(t.fork(), way, change);

  it('is in the EntityManager of the flush: the message’s, the injected one and its repositories', async () => {
    const seen: boolean[] = [];
    const t = withReceiver([PreSave], Author, (_author, message, em) => {
      seen.push(message.em === em.getContext(), message.em === t.app.get(Tags).em());
    });
    let flushing: EntityManager | undefined;

    await flushed(t, em => {
      flushing = em;
      em.create(Author, { name: 'Ann' });
    });

    expect(seen).toEqual([true, true]);
    expect(flushing).toBeDefined();
  });

  it('may change the instance, set a value back, and unset one', async () => {
    const t = withReceiver([PreSave], Author, (author: Author) => {
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
      const t = withReceiver([PreSave], sender, (instance: Author | Book) => {
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
    const t = withReceiver(
      [PreSave],
      Author,
      (author: Author) => {
        if (author.name === 'Refused') author.name = 'Ann';
      },
      { isLogged: true },
    );
    await flushed(t, em => em.create(Author, { name: 'Ann' }));
    t.log.lines.length = 0;

    await flushed(t, async em => {
      (await em.findOneOrFail(Author, { name: 'Ann' })).name = 'Refused';
    });

    expect(t.log.lines).toEqual(['PreSave Author updated']);
    expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann' }]);
  });

  it('may persist new entities, nested ones too, and signals about them are sent as well', async () => {
    const t = withReceiver(
      [PreSave],
      Author,
      (author: Author, { em }) => {
        if (author.books.isInitialized() && author.books.length > 0) return;
        em!.persist(em!.create(Book, { title: `of ${author.name}`, author }, { persist: false }));
        const coauthor = em!.create(Author, { name: `${author.name} junior` }, { persist: false });
        coauthor.books.add(em!.create(Book, { title: 'nested' }, { persist: false }));
        if (!author.name.endsWith('junior')) em!.persist(coauthor);
      },
      { isLogged: true },
    );

    await flushed(t, em => em.create(Author, { name: 'Ann' }));

    const books = await t.fork().findAll(Book, { populate: ['author'], orderBy: { id: 1 } });
    expect(new Map(books.map(book => [book.title, book.author?.name]))).toEqual(
      new Map([
        ['nested', 'Ann junior'],
        ['of Ann', 'Ann'],
      ]),
    );
    expect(t.log.lines.filter(line => line.startsWith('Pre')).sort()).toEqual([
      'PreSave Author created',
      'PreSave Author created',
      'PreSave Book created',
      'PreSave Book created',
    ]);
    expect(t.log.lines.filter(line => line.startsWith('Post'))).toHaveLength(4);
  });

  it('may hang new entities on the instance', async () => {
    const t = withReceiver([PreSave], Book, (book: Book, { em }) => {
      book.author ??= em!.create(Author, { name: `author of ${book.title}` }, { persist: false });
    });

    await flushed(t, em => em.create(Book, { title: 'Emma' }));

    expect(await t.fork().findAll(Book, { populate: ['author'] })).toMatchObject([
      { title: 'Emma', author: { name: 'author of Emma' } },
    ]);
  });

  it('may add to a collection of the instance', async () => {
    const t = withReceiver([PreSave], Author, (author: Author, { em }) => {
      author.tags.add(em!.create(Tag, { label: 'new' }, { persist: false }));
    });

    await flushed(t, em => em.create(Author, { name: 'Ann' }));

    const author = await t.fork().findOneOrFail(Author, { name: 'Ann' }, { populate: ['tags'] });
    expect(author.tags.map(({ label }) => label)).toEqual(['new']);
  });

  it('may remove other entities, and take back what is new', async () => {
    const t = withReceiver(
      [PreSave],
      Author,
      async (author: Author, { em }) => {
        for (const book of await em!.find(Book, { title: 'old' })) em!.remove(book);
        if (author.name === 'Removed') em!.remove(author);
      },
      { isLogged: true },
    );
    const seed = t.fork();
    seed.create(Book, { title: 'old' });
    await seed.flush();
    t.log.lines.length = 0;

    await flushed(t, em => {
      em.create(Author, { name: 'Ann' });
      em.create(Author, { name: 'Removed' });
    });

    expect(await t.fork().count(Book)).toBe(0);
    expect(await t.fork().findAll(Author)).toMatchObject([{ name: 'Ann' }]);
    expect(t.log.lines.filter(line => line.startsWith('Post'))).toEqual(['PostSave Author created', 'PostDelete Book']);
  });

  it('may turn an update into a delete', async () => {
    const t = withReceiver(
      [PreSave],
      Author,
      (author: Author, { em }) => {
        if (author.name === 'Gone') em!.remove(author);
      },
      { isLogged: true },
    );
    await flushed(t, em => em.create(Author, { name: 'Ann' }));
    t.log.lines.length = 0;

    await flushed(t, async em => {
      (await em.findOneOrFail(Author, { name: 'Ann' })).name = 'Gone';
    });

    expect(await t.fork().count(Author)).toBe(0);
    expect(t.log.lines).toEqual(['PreSave Author updated', 'PreDelete Author', 'PostDelete Author']);
  });

  it('may not flush, and the flush fails with what it tried', async () => {
    const t = withReceiver([PreSave], Author, (_author, _message, em) => em.flush());

    await expect(flushed(t, em => em.create(Author, { name: 'Ann' }))).rejects.toMatchObject({
      code: 'FLUSH_INSIDE_RECEIVER',
      message: expect.stringMatching(/^\w+\.\w+ \(PreSave\) cannot flush/),
    });
    expect(await t.fork().count(Author)).toBe(0);
  });

  it('may query: nothing is flushed for it', async () => {
    const found: number[] = [];
    const t = withReceiver([PreSave], Author, async (_author, { em }) => {
      em!.setFlushMode('always');
      found.push(await em!.count(Author));
    });

    await flushed(t, em => em.create(Author, { name: 'Ann' }));

    expect(found).toEqual([0]);
    expect(await t.fork().count(Author)).toBe(1);
  });

  it('takes a delete back by persisting the instance, and what it changed is an update', async () => {
    const t = withReceiver(
      [PreDelete],
      Author,
      (author: Author, { em }) => {
        if (author.name === 'Kept') author.deletedAt = new Date('2026-01-01T00:00:00Z');
        if (author.name !== 'Gone') em!.persist(author);
      },
      { isLogged: true },
    );
    const seed = t.fork();
    for (const name of ['Kept', 'Untouched', 'Gone']) {
      const author = seed.create(Author, { name });
      author.books.add(seed.create(Book, { title: `of ${name}` }));
      author.tags.add(seed.create(Tag, { label: name }));
    }
    await seed.flush();
    t.log.lines.length = 0;

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
    expect(t.log.lines.filter(line => line.includes('Author')).sort()).toEqual([
      'PostDelete Author',
      'PostSave Author updated',
      'PreDelete Author',
      'PreDelete Author',
      'PreDelete Author',
      'PreSave Author updated',
    ]);
  });
});
