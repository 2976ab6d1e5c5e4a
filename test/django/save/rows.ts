import { PostSave, PreSave } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Child, Item, Parent, Token } from '../models/entities.js';
import type { Call } from '../scenario.js';
import { onModels, ROWS } from '../models/world.js';

const KEYS_OF_PYTHON = {
  because: 'the names of the arguments are compared in each call',
  facts: ({ pre_pk, pre_adding, post_pk, post_adding }: Readonly<Record<string, unknown>>) => ({
    ...{ pre_pk, pre_adding, post_pk, post_adding },
  }),
};

/** Three UUIDs would be a hundred characters of nothing. */
const TOKEN = '00000000-0000-4000-8000-000000000001';

export const ROWS_OF_SAVE: Mapping = {
  'save.create': match(
    'a new row is sent before and after, and has its key afterwards',
    onModels(async (world, record, em) => {
      const facts: Record<string, unknown> = {};
      record.listenTo([PreSave, PostSave]);
      record.connect<{ instance: Item; created: boolean }>(PreSave, Item, ({ instance, created }) => {
        Object.assign(facts, { pre_pk: instance.id ?? null, pre_adding: created });
      });
      record.connect<{ instance: Item }>(PostSave, Item, ({ instance }) => {
        Object.assign(facts, {
          post_pk: instance.id,
          post_adding: em.getUnitOfWork().getById(Item, 1) === undefined,
        });
      });
      em.create(Item, { name: 'a' });
      await em.flush();
      record.line('-- save() returned');
      return facts;
    }),
    KEYS_OF_PYTHON,
  ),

  'save.noop_save': differ(
    'NO_CHANGE_NO_SIGNAL',
    'a row that did not change is not sent, and not written',
    { sql_update_sent: false, sent: 0 },
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' });
      let sent = 0;
      record.connect(PreSave, Item, () => sent++);
      em.persist(await em.findOneOrFail(Item, 1));
      await em.flush();
      return { sql_update_sent: em.getUnitOfWork().getChangeSets().length > 0, sent };
    }),
  ),

  'save.changed_back_before_save': differ(
    'NO_CHANGE_NO_SIGNAL',
    'nor is one that was changed and changed back',
    { sent: 0 },
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' });
      let sent = 0;
      record.connect(PreSave, Item, () => sent++);
      const item = await em.findOneOrFail(Item, 1);
      item.name = 'b';
      item.name = 'a';
      await em.flush();
      return { sent };
    }),
  ),

  'save.two_saves_two_pairs': differ(
    'ONE_FLUSH_ONE_PAIR',
    'what happened since the last flush is one pair; a flush after each change makes a pair of each',
    { one_flush: ['pre true', 'post true'], three: ['pre true', 'post true', 'pre false', 'post false'] },
    onModels(async (world, record, em) => {
      const sent: string[] = [];
      record.connect<{ created: boolean }>(PreSave, Item, ({ created }) => sent.push(`pre ${created}`));
      record.connect<{ created: boolean }>(PostSave, Item, ({ created }) => sent.push(`post ${created}`));
      const one = em.create(Item, { name: 'a' });
      one.name = 'b';
      one.qty = 3;
      await em.flush();
      const oneFlush = sent.splice(0);
      await world.fork().transactional(async inner => {
        const item = inner.create(Item, { name: 'a' });
        await inner.flush();
        item.name = 'b';
        await inner.flush();
      });
      return { one_flush: oneFlush, three: sent };
    }),
  ),

  'save.update_fields': adapt(
    'the changed properties are sent, and are what is written',
    {
      because:
        'a flush writes every change, and sends every change; the database has counted the version; the names are an array',
      steps: ([before, after]) => [
        { ...(before as Call), update_fields: ['name', 'qty'] },
        { ...(after as Call), update_fields: ['name', 'qty', 'version'] },
      ],
      facts: () => ({ row: { name: 'b', qty: 2 }, type: ['Array'] }),
    },
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a', qty: 1 });
      const types = new Set<string>();
      record.listenTo([PreSave, PostSave]);
      record.connect<{ updateFields: object }>(PostSave, Item, ({ updateFields }) =>
        types.add(updateFields.constructor.name),
      );
      const item = await em.findOneOrFail(Item, 1);
      Object.assign(item, { name: 'b', qty: 2 });
      await em.flush();
      const [row] = await world.execute('select name, qty from item');
      return { row, type: [...types] };
    }),
  ),

  'save.update_fields_empty': match(
    'with nothing to write, nothing is sent',
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' });
      record.listenTo(ROWS);
      await em.findOneOrFail(Item, 1);
      await em.flush();
    }),
  ),

  'save.explicit_pk_new_row': differ(
    'NEW_IS_KNOWN',
    'what is created is an INSERT, with a key of its own, too; whether a row is there already is asked by upsert',
    { created: [true], again: 'UniqueConstraintViolationException', rows: 1 },
    onModels(async (world, record, em) => {
      const created: boolean[] = [];
      record.connect<{ created: boolean }>(PostSave, Item, payload => created.push(payload.created));
      em.create(Item, { id: 7, name: 'a' });
      await em.flush();
      const other = world.fork();
      other.create(Item, { id: 7, name: 'b' });
      const again = await other.flush().catch((error: Error) => error.constructor.name);
      return { created, again, rows: await world.count(Item) };
    }),
  ),

  'save.force_update_of_missing_row': match(
    'an update that finds no row fails, and is not sent afterwards',
    onModels(async (world, record, em) => {
      record.listenTo([PreSave, PostSave]);
      await world.store(Item, { id: 99, name: 'a' });
      const item = await em.findOneOrFail(Item, 99);
      await world.fork().nativeDelete(Item, 99);
      item.name = 'b';
      const raised = await em.flush().then(
        () => 'nothing',
        (error: Error) => error.constructor.name,
      );
      return { raised };
    }),
    { because: 'errors are those of the ORM', facts: () => ({ raised: 'OptimisticLockError' }) },
  ),

  'save.known_key_and_auto_now': adapt(
    'a key may be known before the INSERT, and what MikroORM fills in is there before receivers are called',
    {
      because: 'MikroORM runs `onCreate` and `onUpdate` when it computes what changed, before PreSave',
      steps: steps => steps.map(step => ({ ...(step as object), instance: `Token#${TOKEN}` }) as never),
      facts: ({ pre_save, post_save }) => ({ pre_save: { ...(pre_save as object), touched: true }, post_save }),
    },
    onModels(async (_world, record, em) => {
      const facts: Record<string, unknown> = {};
      const look =
        (name: string) =>
        ({ instance, created }: { instance: Token; created: boolean }) => {
          const isStored = name === 'post_save';
          facts[name] = {
            pk_set: instance.id !== undefined,
            adding: created && !isStored,
            touched: 'touched' in instance,
          };
        };
      record.listenTo([PreSave, PostSave]);
      record.connect(PreSave, Token, look('pre_save'));
      record.connect(PostSave, Token, look('post_save'));
      em.create(Token, { id: TOKEN } as never);
      await em.flush();
      return facts;
    }),
  ),

  'save.fk_to_unsaved_object': differ(
    'NEW_PARENTS_GO_FIRST',
    'a new row that another refers to is saved with it, and first',
    { sent: ['Parent', 'Child'], rows: [1, 1] },
    onModels(async (world, record, em) => {
      const sent: string[] = [];
      record.connect<{ instance: object }>(PostSave, undefined, ({ instance }) => sent.push(instance.constructor.name));
      const child = new Child();
      child.parent = new Parent();
      em.persist(child);
      await em.flush();
      return { sent, rows: [await world.count(Parent), await world.count(Child)] };
    }),
  ),

  'save.order_parent_then_child': adapt(
    'each row is sent before and after it is written; those of one flush together, parents first',
    {
      because: 'a flush writes all rows at once, so everything before the SQL comes first',
      steps: steps => {
        const calls = steps as { signal: string; instance: string }[];
        const before = calls.filter(({ signal }) => signal === 'pre_save');
        return [...before, ...calls.filter(call => !before.includes(call))] as never;
      },
    },
    onModels(async (_world, record, em) => {
      record.listenTo([PreSave, PostSave]);
      await em.transactional(async inner => {
        const parent = inner.create(Parent, {});
        inner.create(Child, { parent });
        inner.create(Child, { parent });
      });
    }),
  ),
};
