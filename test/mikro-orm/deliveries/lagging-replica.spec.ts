import { type EntityManager, raw, serialize } from '@mikro-orm/core';
import { defineEntity, p, type SqlEntityManager } from '@mikro-orm/postgresql';
import { afterCommit, M2mChanged, PostSave } from 'nestjs-signals';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { startOrmApp } from '../../support/orm.js';

const TagSchema = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), label: p.string(), books: () => p.manyToMany(Book).mappedBy('tags') },
});
class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    notes: p.string().nullable().lazy().ref(),
    tags: () => p.manyToMany(Tag).inversedBy('books'),
    pages: () => p.oneToMany(Page).mappedBy('book'),
  },
});
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const PageSchema = defineEntity({
  name: 'Page',
  properties: { id: p.integer().primary(), text: p.string(), book: () => p.manyToOne(Book).ref() },
});
class Page extends PageSchema.class {}
PageSchema.setClass(Page);

/** A schema without rows: the replica has received nothing yet. */
let replica: TestDatabase;
beforeAll(async () => {
  replica = await createTestDatabase();
});
afterAll(() => replica.drop());

type Read = (em: EntityManager) => Promise<unknown>;

const labels = (book: Book) => book.tags.getItems().map(({ label }) => label);

const reads: [string, unknown, Read][] = [
  ['populates while it finds', ['a'], async em => labels(await em.findOneOrFail(Book, 1, { populate: ['tags'] }))],
  [
    'populates with joins',
    ['a'],
    async em => labels(await em.findOneOrFail(Book, 1, { populate: ['tags'], strategy: 'joined' })),
  ],
  [
    'populates with further queries',
    ['a', 1],
    async em => {
      const book = await em.findOneOrFail(Book, 1, { populate: ['tags', 'pages'], strategy: 'select-in' });
      return [...labels(book), book.pages.length];
    },
  ],
  [
    'populates later',
    ['a'],
    async em => {
      const book = await em.findOneOrFail(Book, 1);
      await em.populate(book, ['tags', 'pages']);
      return labels(book);
    },
  ],
  [
    'loads a collection',
    ['a'],
    async em => (await (await em.findOneOrFail(Book, 1)).tags.loadItems()).map(it => it.label),
  ],
  [
    'loads a collection with a condition',
    ['a'],
    async em => (await (await em.findOneOrFail(Book, 1)).tags.matching({ where: { label: 'a' } })).map(it => it.label),
  ],
  ['counts a collection', 1, async em => (await em.findOneOrFail(Book, 1)).tags.loadCount()],
  [
    'loads the other side',
    ['one'],
    async em => (await (await em.findOneOrFail(Tag, 1)).books.loadItems()).map(({ title }) => title),
  ],
  ['loads a reference', 'one', async em => (await em.findOneOrFail(Page, 1)).book.loadOrFail().then(it => it.title)],
  ['loads a lazy value', 'long', async em => (await em.findOneOrFail(Book, 1)).notes.load()],
  [
    'loads with the dataloader',
    [['a'], 1],
    async em => {
      const book = await em.findOneOrFail(Book, 1);
      const all = await Promise.all([book.tags.load({ dataloader: true }), book.pages.load({ dataloader: true })]);
      return [all[0].getItems().map(({ label }) => label), all[1].length];
    },
  ],
  ['uses a query builder', 1, em => (em as SqlEntityManager).createQueryBuilder(Book).where({ tags: 1 }).getCount()],
  ['runs SQL', [{ n: 1 }], em => (em as SqlEntityManager).execute('select count(*)::int as n from book')],
  [
    'reads in a transaction',
    ['a'],
    em => em.transactional(async inner => labels(await inner.findOneOrFail(Book, 1, { populate: ['tags'] }))),
  ],
  ['reads in a fork', ['a'], async em => labels(await em.fork().findOneOrFail(Book, 1, { populate: ['tags'] }))],
  [
    'refreshes',
    ['a'],
    async em => labels((await em.refresh(await em.findOneOrFail(Book, 1), { populate: ['tags'] }))!),
  ],
  ['finds with a raw condition', 1, em => em.count(Book, { [raw('length(title)')]: 3 })],
  [
    'serializes',
    [{ id: 1, label: 'a' }],
    async em => serialize(await em.findOneOrFail(Book, 1, { populate: ['tags'] }), { populate: ['tags'] }).tags,
  ],
];

describe('With a replica that lags behind, a receiver after COMMIT', () => {
  it('finds on the writer whatever it reads, in every way', async () => {
    await using t = await startOrmApp({
      entities: [TagSchema, BookSchema, PageSchema],
      config: { replicas: [{ clientUrl: replica.url, dbName: replica.name }], dataloader: 3 },
    });
    const found: unknown[] = [];
    const receiver = async (_payload: object, { em }: { em?: EntityManager }) => {
      for (const [what, , read] of reads) {
        found.push([what, await read(em!).catch((error: Error) => error.message)]);
        em!.clear();
      }
    };
    t.app.get(PostSave).connect(receiver, { sender: Book, delivery: afterCommit });
    const em = t.fork();
    const book = em.create(Book, { title: 'one', notes: 'long' as never, tags: [em.create(Tag, { label: 'a' })] });
    em.create(Page, { text: 'first', book });
    await em.flush();
    expect(found).toEqual(reads.map(([what, expected]) => [what, expected]));
  });

  it('changes a collection that it has loaded, and the change is exact', async () => {
    await using t = await startOrmApp({
      entities: [TagSchema, BookSchema, PageSchema],
      config: { replicas: [{ clientUrl: replica.url, dbName: replica.name }] },
    });
    const sent: unknown[] = [];
    t.app.get(M2mChanged).connect(({ action, pkSet, exact }) => void sent.push([action, pkSet, exact]));
    t.app.get(PostSave).connect(
      async ({ created }, { em }) => {
        if (!created) return;
        const book = await em!.findOneOrFail(Book, 1, { populate: ['tags'], strategy: 'select-in' });
        book.tags.set([em!.create(Tag, { label: 'b' })]);
      },
      { sender: Book, delivery: afterCommit },
    );
    const em = t.fork();
    em.create(Book, { title: 'one', notes: null, tags: [em.create(Tag, { label: 'a' })] });
    await em.flush();
    expect(sent.slice(2)).toEqual([
      ['pre_remove', [1], true],
      ['pre_add', [], true],
      ['post_remove', [1], true],
      ['post_add', [2], true],
    ]);
  });
});
