import { MikroORM, type Options } from '@mikro-orm/core';
import { M2mChanged, PostDelete, PostSave, PreDelete, PreSave, through } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Author, Book, entities, Tag } from './tagged-books.js';

/** Made and closed by a script or for a tenant: no module knows of it. */
async function otherOrm(isClosed: boolean, config: Partial<Options> = {}): Promise<AsyncDisposable> {
  const orm = await MikroORM.init({ ...SQLITE, entities, ...config });
  await orm.schema.create();
  const em = orm.em.fork();
  em.create(Book, { title: 'theirs', tags: [em.create(Tag, { label: 'theirs' })] });
  await em.flush();
  if (isClosed) await orm.close();
  return { [Symbol.asyncDispose]: () => (isClosed ? Promise.resolve() : orm.close()) };
}

describe('a second MikroORM of the same classes, outside of the application', () => {
  const times = ['before the application starts', 'while it runs', 'while a transaction is open'] as const;

  it.each(times.flatMap(when => [true, false].map(isClosed => [when, isClosed] as const)))(
    'leaves the first alone: made %s, closed: %s',
    async (when, isClosed) => {
      const others: AsyncDisposable[] = [];
      const makeOther = async (now: string) => now === when && others.push(await otherOrm(isClosed));
      await makeOther('before the application starts');
      await using t = await startOrmApp({ entities });
      const lines: unknown[] = [];
      for (const signal of [PreSave, PostSave])
        t.app.get(signal).connect(({ instance, changes, using }) => {
          lines.push([signal.name, instance.constructor.name, Object.keys(changes).sort().join(), using]);
        });
      for (const signal of [PreDelete, PostDelete])
        t.app.get(signal).connect(({ original }) => void lines.push([signal.name, { ...original }]));
      t.app
        .get(M2mChanged)
        .connect(({ action, pkSet, reverse, model }) => void lines.push([action, pkSet, reverse, model]), {
          sender: through(Book, 'tags'),
        });
      await makeOther('while it runs');

      const at = new Date(5);
      await t.fork().transactional(async em => {
        const author = em.create(Author, { name: 'ann' });
        const tags = ['a', 'b'].map(label => em.create(Tag, { label }));
        em.create(Book, { title: 'ours', words: ['x'], at, tags: [tags[0]!], author });
        await em.flush();
        await makeOther('while a transaction is open');
        lines.splice(0);
        const book = await em.findOneOrFail(Book, { title: 'ours' }, { populate: ['tags'] });
        book.tags.add(tags[1]!);
        book.words = ['y'];
        await em.flush();
        author.books.remove(book);
      });

      const nothing = { main: null, second: null, printedIn: null };
      const original = { id: 1, title: 'ours', words: ['y'], at, author: 1, ...nothing };
      expect(lines).toEqual([
        ['PreSave', 'Book', 'words', 'default'],
        ['pre_add', [2], false, Tag],
        ['PostSave', 'Book', 'words', 'default'],
        ['post_add', [2], false, Tag],
        ['PreDelete', original],
        ['PostDelete', original],
      ]);
      for (const other of others) await other[Symbol.asyncDispose]();
    },
  );
});
