import { PostDelete, PreDelete } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Child, Item, Parent, Pizza, Topping } from '../models/entities.js';
import { EVERYTHING, onModels, ROWS } from '../models/world.js';
import { errorOf, ValueError } from '../recorder.js';

export const ROWS_OF_DELETE: Mapping = {
  'delete.instance': match(
    'a removed row is sent before and after, and has its key in both',
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' });
      let key: number | undefined;
      record.listenTo([PreDelete, PostDelete]);
      record.connect<{ instance: Item }>(PostDelete, Item, ({ instance }) => {
        key = instance.id;
      });
      em.remove(await em.findOneOrFail(Item, 1));
      await em.flush();
      return { post_pk: key, row_gone: (await world.count(Item)) === 0 };
    }),
    {
      because: 'the instance keeps its key afterwards; a flush counts nothing',
      facts: ({ post_pk, row_gone }) => ({ post_pk, row_gone }),
    },
  ),

  'delete.instance_without_listeners': adapt(
    'a delete without receivers is a delete',
    { because: 'a flush has a transaction anyway', facts: () => ({ rows: 0 }) },
    onModels(async (world, _record, em) => {
      await world.store(Item, { name: 'a' });
      em.remove(await em.findOneOrFail(Item, 1));
      await em.flush();
      return { rows: await world.count(Item) };
    }),
  ),

  'delete.queryset': differ(
    'BULK_IS_BULK',
    'a bulk delete sends nothing; rows that are loaded and removed are sent, in the order of the removal',
    { bulk: [], removed: ['pre 4', 'pre 3', 'pre 2', 'post 4', 'post 3', 'post 2'] },
    onModels(async (world, record, em) => {
      await world.store(Item, ...['a', 'b', 'c', 'd', 'e'].map(name => ({ name })));
      const sent: string[] = [];
      record.connect<{ instance: Item }>(PreDelete, Item, ({ instance }) => sent.push(`pre ${instance.id}`));
      record.connect<{ instance: Item }>(PostDelete, Item, ({ instance }) => sent.push(`post ${instance.id}`));
      await em.nativeDelete(Item, 5);
      const bulk = sent.splice(0);
      for (const item of await em.find(Item, { id: { $gt: 1 } }, { orderBy: { id: -1 } })) em.remove(item);
      await em.flush();
      return { bulk, removed: sent };
    }),
  ),

  'delete.queryset_without_listeners': match(
    'a bulk delete is one statement',
    onModels(async (world, _record, em) => {
      await world.store(Item, { name: 'a' }, { name: 'b' }, { name: 'c' });
      await em.nativeDelete(Item, {});
    }),
  ),

  'delete.pre_delete_error': match(
    'an error of a receiver of PreDelete keeps every row',
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' }, { name: 'b' });
      record.listenTo([PreDelete]);
      record.connect<{ instance: Item }>(PreDelete, Item, ({ instance }) => {
        if (instance.id === 2) throw new ValueError('keep me');
      });
      for (const item of await em.find(Item, {}, { orderBy: { id: 1 } })) em.remove(item);
      return { raised: await errorOf(() => em.flush()), rows: await world.count(Item) };
    }),
  ),

  'delete.dependent_row_added_in_pre_delete': adapt(
    'a new row that refers to a removed one makes the flush fail',
    {
      because: 'the database refuses the row before PostDelete can be sent',
      steps: ([before]) => [before!],
      facts: ({ rows }) => ({ raised: 'ForeignKeyConstraintViolationException', rows }),
    },
    onModels(async (world, record, em) => {
      await world.store(Parent, {});
      record.listenTo([PreDelete, PostDelete], Parent);
      record.connect<{ instance: Parent }>(PreDelete, Parent, ({ instance }) => {
        em.create(Child, { parent: instance.id });
      });
      em.remove(await em.findOneOrFail(Parent, 1));
      const raised = await em.flush().then(
        () => 'nothing',
        (error: Error) => error.constructor.name,
      );
      return { raised, rows: [await world.count(Parent), await world.count(Child)] };
    }),
  ),

  'delete.unsaved': differ(
    'DATABASE_DECIDES',
    'to remove what was never saved does nothing',
    { raised: null, sent: 0 },
    onModels(async (_world, record, em) => {
      let sent = 0;
      for (const signal of ROWS) record.connect(signal, Item, () => sent++);
      const raised = await errorOf(() => {
        em.remove(em.create(Item, { name: 'a' }));
        return em.flush();
      });
      return { raised, sent };
    }),
  ),

  'delete.create_and_delete_in_one_transaction': differ(
    'ONE_FLUSH_ONE_PAIR',
    'new and removed before a flush is nothing; with a flush between it is both',
    { one_flush: 0, two: 4 },
    onModels(async (world, record, em) => {
      let sent = 0;
      for (const signal of ROWS) record.connect(signal, Item, () => sent++);
      await em.transactional(async inner => {
        inner.remove(inner.create(Item, { name: 'a' }));
      });
      const oneFlush = sent;
      await world.fork().transactional(async inner => {
        const item = inner.create(Item, { name: 'a' });
        await inner.flush();
        inner.remove(item);
      });
      return { one_flush: oneFlush, two: sent - oneFlush };
    }),
  ),

  'delete.m2m_owner': match(
    'the rows of a pivot that go along are not sent',
    onModels(async (world, record, em) => {
      await world.store(Topping, { name: 'a' }, { name: 'b' });
      await world.store(Pizza, {}, {});
      await world.execute('insert into pizza_toppings (pizza_id, topping_id) values (1, 1), (1, 2), (2, 1)');
      record.listenTo(EVERYTHING);
      em.remove(await em.findOneOrFail(Pizza, 1, { populate: ['toppings'] }));
      await em.flush();
      record.line('-- delete topping 1');
      const other = world.fork();
      other.remove(await other.findOneOrFail(Topping, 1, { populate: ['pizzas'] }));
      await other.flush();
      return { join_rows: (await world.execute('select 1 from pizza_toppings')).length };
    }),
  ),
};
