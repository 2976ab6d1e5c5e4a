import { Collection, type EntityManager } from '@mikro-orm/core';
import { M2mChanged, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Book, entities, Tag } from './tagged-books.js';

type Act = (book: Book, em: EntityManager) => void;
type Moment = 'PreSave' | 'pre_add';

/** A flush of two new books and two new tags in a circle, in which a receiver does something to the book `one`. */
async function flushCircle(loadStrategy: 'select-in' | 'joined', moment: Moment, act: Act) {
  await using t = await startOrmApp({ entities, config: { ...SQLITE, loadStrategy } });
  const seed = t.fork();
  seed.create(Tag, { label: 'old' });
  await seed.flush();
  const added: unknown[] = [];
  let acts = 0;
  const once = (instance: object, em: unknown) => {
    if (instance instanceof Book && instance.title === 'one' && acts++ === 0) act(instance, em as EntityManager);
  };
  t.app.get(M2mChanged).connect(({ action, instance, objects }, { em }) => {
    if (instance instanceof Book && instance.title === 'one' && action === 'post_add') added.push(objects?.length);
    if (moment === 'pre_add' && action === moment) once(instance, em);
  });
  t.app.get(PreSave).connect(({ instance }, { em }) => moment === 'PreSave' && once(instance, em));
  const em = t.fork();
  const [a, b] = [em.create(Tag, { label: 'a' }), em.create(Tag, { label: 'b' })];
  const [one, two] = [em.create(Book, { title: 'one' }), em.create(Book, { title: 'two' })];
  one.tags.add(a);
  a.books.add(two);
  two.tags.add(b);
  b.books.add(one);
  await em.flush();
  const books = await t.fork().find(Book, {}, { populate: ['tags'], orderBy: { id: 1 } });
  const stored = books.map(({ title, tags }) => [
    title,
    ...tags
      .getItems()
      .map(({ label }) => label)
      .sort(),
  ]);
  const held = [one, two].map(({ title, tags }) => [
    title,
    ...tags
      .getItems()
      .map(tag => tag.label ?? 'old')
      .sort(),
  ]);
  await em.flush();
  return { stored, held, added };
}

const TWO = ['two', 'a', 'b'];
const acts: [string, Act, string[]][] = [
  ['does nothing', () => {}, ['a', 'b']],
  ['adds one', (book, em) => book.tags.add(em.getReference(Tag, 1)), ['a', 'b', 'old']],
  ['adds a new one', (book, em) => book.tags.add(em.create(Tag, { label: 'c' })), ['a', 'b', 'c']],
  ['empties it', book => book.tags.removeAll(), []],
  ['sets others', (book, em) => book.tags.set([em.getReference(Tag, 1)]), ['old']],
  ['assigns an array', (book, em) => void ((book as { tags: unknown }).tags = [em.getReference(Tag, 1)]), ['old']],
  ['assigns an empty array', book => void ((book as { tags: unknown }).tags = []), []],
  [
    'assigns an array with a new one',
    (book, em) => void ((book as { tags: unknown }).tags = [...book.tags, em.create(Tag, { label: 'c' })]),
    ['a', 'b', 'c'],
  ],
  [
    'assigns a collection',
    (book, em) => void (book.tags = new Collection<Tag, object>(book, [em.getReference(Tag, 1)])),
    ['old'],
  ],
  ['assigns an empty collection', book => void (book.tags = new Collection<Tag, object>(book)), []],
];
const cases = acts.flatMap(([what, act, labels]) =>
  (['PreSave', 'pre_add'] as const).flatMap(moment =>
    (['select-in', 'joined'] as const).map(strategy => [what, moment, strategy, act, labels] as const),
  ),
);

describe('a collection that MikroORM writes after the rows', () => {
  it.each(cases)('holds what a receiver leaves that %s in %s (%s)', async (_what, moment, strategy, act, labels) => {
    const { stored, held, added } = await flushCircle(strategy, moment, act);

    expect(stored).toEqual([['one', ...labels], TWO]);
    expect(held).toEqual(stored);
    expect(added).toEqual(labels.length > 0 ? [labels.length] : []);
  });
});
