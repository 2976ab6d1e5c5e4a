import { EntityCaseNamingStrategy, type EntityManager, MikroORM, type Options } from '@mikro-orm/core';
import { PreDelete, PreSave, Signal } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Book, Country, entities, Page, Place, Tag } from './tagged-books.js';

class Done extends Signal<{ book: object }> {}

const others: [string, Partial<Options>][] = [
  ['none', {}],
  ['another driver and schema', { ...SQLITE, entities, schema: 'elsewhere' }],
  ['another naming strategy', { ...SQLITE, entities, namingStrategy: EntityCaseNamingStrategy }],
];

type Act = (book: Book, em: EntityManager) => void;
const acts: [string, Act][] = [
  ['adds to a many-to-many collection', (book, em) => book.tags.add(em.getReference(Tag, 2))],
  ['adds a new entity to one', book => book.tags.add(Object.assign(new Tag(), { label: 'new' }))],
  ['empties one', book => book.tags.removeAll()],
  ['removes an orphan', book => book.pages.removeAll()],
  [
    'refers to a new entity in an embeddable',
    book => {
      book.printedIn = Object.assign(new Place(), {
        city: 'Ulm',
        landOf: Object.assign(new Country(), { code: 'de' }),
      });
    },
  ],
];

async function startApp(other: Partial<Options>) {
  const t = await startOrmApp({ entities, providers: [Done] });
  const em = t.fork();
  const tags = ['a', 'b'].map(label => em.create(Tag, { label }));
  const book = em.create(Book, { title: 'one', tags: [tags[0]!], printedIn: { city: 'Rom' } });
  em.create(Page, { text: 'first', book });
  await em.flush();
  if (other.driver) await (await MikroORM.init(other)).close();
  return t;
}

async function rowsOf(em: EntityManager): Promise<unknown[]> {
  const tables = ['book', 'page', 'tag', 'country', 'book_tags'];
  const rows: unknown[] = [];
  for (const table of tables) rows.push(await em.getConnection().execute(`select * from ${table} order by 1, 2`));
  return rows;
}

describe.each(others)(
  'With a MikroORM of the same classes that was made later and maps them in another way (%s), a receiver',
  (_what, other) => {
    it.each(acts)('%s, and it is written', async (_act, act) => {
      const rows = [];
      for (const config of [{}, other]) {
        await using t = await startApp(config);
        t.app.get(PreSave).connect(({ instance }) => {
          if (instance instanceof Book) act(instance, em);
        });
        const em = t.fork();
        const book = await em.findOneOrFail(Book, 1, { populate: ['tags', 'pages'] });
        book.title = 'two';
        await em.flush();
        rows.push(await rowsOf(t.fork()));
      }
      expect(rows[1]).toEqual(rows[0]);
    });

    it('takes a removal back, with the rows that would go with it', async () => {
      await using t = await startApp(other);
      t.app.get(PreDelete).connect(({ instance }) => void (instance instanceof Book && em.persist(instance)));
      const before = await rowsOf(t.fork());
      const em = t.fork();
      em.remove(await em.findOneOrFail(Book, 1, { populate: ['pages', 'tags'] }));
      await em.flush();
      expect(await rowsOf(t.fork())).toEqual(before);
    });

    it('changes an embeddable outside a transaction, and it is written when the receiver returns', async () => {
      await using t = await startApp(other);
      t.app.get(Done).connect(({ book }) => void Object.assign((book as Book).printedIn!, { city: 'Bonn' }));
      const em = t.fork();
      const book = await em.findOneOrFail(Book, 1);
      await t.app.get(Done).send(book, { book }, { em });
      expect(await t.fork().findOne(Book, { printedIn: { city: 'Bonn' } })).toMatchObject({ id: 1 });
    });
  },
);
