import type { EntityManager, EventSubscriber } from '@mikro-orm/core';
import { afterCommit, M2mChanged, PostDelete, PostSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Book, entities, Tag } from './tagged-books.js';

const clearing: EventSubscriber = { afterFlush: ({ em }) => Promise.resolve(em.clear()) };

async function work(em: EntityManager): Promise<void> {
  const gone = await em.findOneOrFail(Tag, { label: 'gone' });
  const book = await em.findOneOrFail(Book, { title: 'old' }, { populate: ['tags'] });
  book.title = 'new';
  book.tags.add(em.create(Tag, { label: 'added' }));
  em.remove(gone);
  await em.flush();
}

const ways: [string, (em: EntityManager) => Promise<void>][] = [
  ['without a transaction of its own', work],
  ['in a transaction', em => em.transactional(work)],
  [
    'in a transaction that is begun and committed',
    async em => {
      await em.begin();
      await work(em);
      await em.commit();
    },
  ],
];

describe('A flush after which a subscriber of the application clears the EntityManager', () => {
  it.each(ways)('sends its signals all the same: %s', async (_what, run) => {
    await using t = await startOrmApp({ entities, config: { ...SQLITE, subscribers: [clearing] } });
    const seed = t.fork();
    seed.create(Book, { title: 'old' });
    seed.create(Tag, { label: 'gone' });
    await seed.flush();
    const sent: unknown[] = [];
    for (const delivery of [undefined, afterCommit]) {
      const options = delivery ? { delivery } : {};
      t.app.get(PostSave).connect(({ instance, changes }, { delivery: when }) => {
        sent.push([when, instance.constructor.name, Object.keys(changes)]);
      }, options);
      t.app.get(PostDelete).connect(({ original }, { delivery: when }) => void sent.push([when, original]), options);
      t.app
        .get(M2mChanged)
        .connect(({ action, pkSet }, { delivery: when }) => void sent.push([when, action, pkSet]), options);
    }
    await run(t.fork());
    const of = (when: string) =>
      sent.filter(line => (line as unknown[])[0] === when).map(line => (line as unknown[]).slice(1));
    const after = [['Tag', ['label', 'id']], ['Book', ['title']], [{ id: 1, label: 'gone' }], ['post_add', [2]]];
    expect(of('inline')).toEqual([['pre_add', []], ...after]);
    expect(of('after-commit')).toEqual([['pre_add', []], ...after]);
  });
});
