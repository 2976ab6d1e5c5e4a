import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { sharedOrmApp } from '../support/orm.js';
import { entities, Item, Note } from './saving/items.js';

/** Records every model signal of items. */
@Injectable()
class Log {
  readonly lines: unknown[] = [];

  @OnSignal(PreSave, { sender: Item })
  preSave({ instance, created }: PayloadOf<PreSave, Item>) {
    this.lines.push(['pre_save', instance.name, { created, id: instance.id }]);
  }

  @OnSignal(PostSave, { sender: Item })
  postSave({ instance, created }: PayloadOf<PostSave, Item>) {
    this.lines.push(['post_save', instance.name, { created, id: instance.id }]);
  }

  @OnSignal(PreDelete, { sender: Item })
  preDelete({ instance }: PayloadOf<PreDelete, Item>) {
    this.lines.push(['pre_delete', instance.name, instance.id]);
  }

  @OnSignal(PostDelete, { sender: Item })
  postDelete({ instance }: PayloadOf<PostDelete, Item>) {
    this.lines.push(['post_delete', instance.name, instance.id]);
  }
}

const started = sharedOrmApp({ entities, providers: [Log] });

function start() {
  const { lines } = started().app.get(Log);
  lines.length = 0;
  return Object.assign(started(), { lines });
}

describe('a flush', () => {
  it('sends a pair for a new row: the key is known afterwards', async () => {
    const t = start();
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(t.lines).toEqual([
      ['pre_save', 'chair', { created: true, id: undefined }],
      ['post_save', 'chair', { created: true, id: 1 }],
    ]);
  });

  it('sends a pair for a changed row, and none when nothing changed or it was changed back', async () => {
    const t = start();
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();
    t.lines.length = 0;

    item.name = 'table';
    await em.flush();
    await em.flush();
    item.quantity = 7;
    item.quantity = 0;
    await em.flush();

    expect(t.lines).toEqual([
      ['pre_save', 'table', { created: false, id: 1 }],
      ['post_save', 'table', { created: false, id: 1 }],
    ]);
  });

  it('sends a pair for a removed row, whose instance keeps its key', async () => {
    const t = start();
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();
    t.lines.length = 0;

    em.remove(item);
    await em.flush();

    expect(t.lines).toEqual([
      ['pre_delete', 'chair', 1],
      ['post_delete', 'chair', 1],
    ]);
  });

  it('sends nothing for what was persisted and removed before it', async () => {
    const t = start();
    const em = t.fork();
    em.remove(em.create(Item, { name: 'chair' }));

    await em.flush();

    expect(t.lines).toEqual([]);
  });

  it('sends everything before the SQL first, then everything after it', async () => {
    const t = start();
    const em = t.fork();
    const old = em.create(Item, { name: 'old' });
    await em.flush();
    t.lines.length = 0;

    em.create(Item, { name: 'a' });
    em.create(Item, { name: 'b' });
    em.remove(old);
    await em.flush();

    const kinds = t.lines.map(line => (line as string[]).slice(0, 2).join(' '));
    expect(kinds).toEqual([
      'pre_delete old',
      'pre_save a',
      'pre_save b',
      'post_save a',
      'post_save b',
      'post_delete old',
    ]);
  });

  it('sends the same in a transaction, before it is committed', async () => {
    const t = start();
    const { lines } = t;

    await t.fork().transactional(async em => {
      em.create(Item, { name: 'chair' });
      await em.flush();
      expect(lines).toHaveLength(2);
    });
    const em = t.fork();
    await em.begin();
    em.create(Item, { name: 'table' });
    await em.commit();

    expect(lines.map(line => (line as string[]).slice(0, 2).join(' '))).toEqual([
      'pre_save chair',
      'post_save chair',
      'pre_save table',
      'post_save table',
    ]);
  });

  it('names the context of its MikroORM, and calls no receiver of another entity', async () => {
    const t = start();
    const contexts: string[] = [];
    using _connection = t.app.get(PostSave).connect(({ using }) => contexts.push(using), { sender: Item });
    const em = t.fork();
    em.create(Note, { text: 'not for us' });
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(contexts).toEqual(['default']);
  });
});
