import { Collection, type EntityManager } from '@mikro-orm/core';
import { M2mChanged, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Book, entities, Page, Tag } from './tagged-books.js';

type Loose = Record<'tags' | 'pages' | 'main' | 'second', unknown> & { title: string };
type Act = (book: Loose, em: EntityManager) => void;

/** Runs an act on a book before its flush, or in a receiver of it. @returns the stored rows, and the signals. */
async function flushWith(act: Act, isNew: boolean, isInReceiver: boolean) {
  await using t = await startOrmApp({ entities, config: SQLITE });
  const seed = t.fork();
  const [old] = ['old', 'other'].map(label => seed.create(Tag, { label }));
  const known = seed.create(Book, { title: 'known', tags: [old!] });
  seed.create(Page, { text: 'first', book: known });
  await seed.flush();
  const em = t.fork();
  const book = isNew
    ? em.create(Book, { title: 'mine' })
    : await em.findOneOrFail(Book, { title: 'known' }, { populate: ['tags', 'pages'] });
  book.title = 'changed';
  const sent: unknown[] = [];
  t.app.get(M2mChanged).connect(({ action, objects }) => void sent.push([action, objects?.length]));
  let acts = 0;
  t.app.get(PreSave).connect(({ instance }) => {
    if (isInReceiver && instance === book && acts++ === 0) act(book, em);
  });
  if (!isInReceiver) act(book, em);
  await em.flush();
  const rows = async () => {
    const books = await t.fork().find(Book, {}, { populate: ['tags', 'pages'], orderBy: { id: 1 } });
    return [...books.map(one => JSON.stringify(one)), await t.fork().count(Page), await t.fork().count(Tag)];
  };
  const stored = await rows();
  await em.flush();
  return { stored, later: await rows(), sent };
}

const acts: [string, Act][] = [
  ['an array to a many-to-many collection', (book, em) => void (book.tags = [em.getReference(Tag, 2)])],
  ['an empty array to one', book => void (book.tags = [])],
  ['an array with a new entity to one', book => void (book.tags = [Object.assign(new Tag(), { label: 'new' })])],
  ['an array to a one-to-many collection', book => void (book.pages = [Object.assign(new Page(), { text: 'new' })])],
  ['an empty array to one with orphan removal', book => void (book.pages = [])],
  ['null to a collection', book => void (book.tags = null)],
  ['a collection to a collection', book => void (book.tags = new Collection(book))],
  [
    'an array to a collection of an entity that it adds',
    book => {
      const tag = Object.assign(new Tag(), { label: 'new' });
      (tag as { books: unknown }).books = [book];
      book.main = tag;
    },
  ],
  ['a key to a relation', book => void (book.second = 1)],
  ['a key to a reference', book => void (book.main = 2)],
];

describe('What a receiver assigns to a relation', () => {
  it.each(acts.flatMap(([what, act]) => [true, false].map(isNew => [what, isNew ? 'new' : 'stored', act] as const)))(
    'is written as if the application had assigned it before the flush: %s, of a %s row',
    async (_what, kind, act) => {
      const own = await flushWith(act, kind === 'new', false);
      expect(await flushWith(act, kind === 'new', true)).toEqual(own);
    },
  );

  it('is refused where it is neither entities nor nothing', async () => {
    const act: Act = (book, em) => void (book.tags = new Set([em.getReference(Tag, 2)]));
    await expect(flushWith(act, false, true)).rejects.toMatchObject({ code: 'NOT_A_COLLECTION' });
    await expect(flushWith(act, false, false)).rejects.toThrow('getItems is not a function');
  });
});
