import { PostSave, PreSave } from 'nestjs-signals';
import type { Message } from 'nestjs-signals';
import { differ, type Mapping, match } from '../mapping.js';
import { Item, Parent } from '../models/entities.js';
import { onModels } from '../models/world.js';
import { errorOf, ValueError } from '../recorder.js';

type Payload = { instance: Item; created: boolean };

function refuse(): never {
  throw new ValueError('after');
}

export const RECEIVERS_OF_SAVE: Mapping = {
  'save.pre_save_change_is_written': match(
    'what a receiver of PreSave changes is written',
    onModels(async (world, record, em) => {
      record.listenTo([PreSave, PostSave]);
      record.connect<Payload>(PreSave, Item, ({ instance }) => {
        instance.code = instance.name.toLowerCase();
      });
      em.create(Item, { name: 'ABC' });
      await em.flush();
      const [row] = await world.execute('select name, code from item');
      return { row };
    }),
  ),

  'save.pre_save_change_lost_with_update_fields': differ(
    'PRE_SAVE_IS_WRITTEN',
    'what a receiver of PreSave changes is stored, and sent as changed',
    { row: { name: 'b', qty: 99 }, memory_qty: 99, update_fields: ['name', 'qty', 'version'] },
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a', qty: 1 });
      let names: readonly string[] = [];
      record.connect<Payload>(PreSave, Item, ({ instance }) => {
        instance.qty = 99;
      });
      record.connect<{ updateFields: string[] }>(PostSave, Item, ({ updateFields }) => {
        names = updateFields;
      });
      const item = await em.findOneOrFail(Item, 1);
      item.name = 'b';
      await em.flush();
      const [row] = await world.execute('select name, qty from item');
      return { row, memory_qty: item.qty, update_fields: names };
    }),
  ),

  'save.post_save_error_in_autocommit_keeps_the_row': differ(
    'ERRORS_ROLL_BACK',
    'an error of a receiver of PostSave takes the row with it',
    { raised: 'ValueError: after', rows: 0, pk_set: true },
    onModels(async (world, record, em) => {
      record.connect(PostSave, Item, refuse);
      const item = em.create(Item, { name: 'a' });
      const raised = await errorOf(() => em.flush());
      return { raised, rows: await world.count(Item), pk_set: item.id !== undefined };
    }),
  ),

  'save.post_save_error_in_atomic_rolls_back': match(
    'an error of a receiver of PostSave rolls a transaction back; the instance keeps its key',
    onModels(async (world, record, em) => {
      record.named(PostSave, undefined, 'boom', refuse);
      let item: Item | undefined;
      const raised = await errorOf(() =>
        em.transactional(async inner => {
          item = inner.create(Item, { name: 'a' });
          await inner.flush();
        }),
      );
      return { raised, rows: await world.count(Item), pk_in_memory: item?.id };
    }),
  ),

  'save.post_save_error_caught_inside_atomic': differ(
    'ERRORS_ROLL_BACK',
    'a transaction in which the error was caught is refused at its COMMIT',
    { caught: 'ValueError: after', refused: 'TRANSACTION_REFUSED', cause: 'ValueError: after', rows: 0 },
    onModels(async (world, record, em) => {
      record.connect(PostSave, Item, refuse);
      let caught: string | null = null;
      const ended = em.transactional(async inner => {
        inner.create(Item, { name: 'a' });
        caught = await errorOf(() => inner.flush());
      });
      const error = await ended.then(
        () => undefined,
        (reason: Error & { code?: string }) => reason,
      );
      return { caught, refused: error?.code, cause: String(error?.cause), rows: await world.count(Item) };
    }),
  ),

  'save.rolled_back_transaction': match(
    'what was sent is not taken back when the transaction is rolled back',
    onModels(async (world, record, em) => {
      record.listenTo([PreSave, PostSave]);
      const items: Item[] = [];
      const raised = await errorOf(() =>
        em.transactional(async inner => {
          for (const name of ['a', 'b']) {
            items.push(inner.create(Item, { name }));
            await inner.flush();
          }
          throw new Error('abort');
        }),
      );
      return { raised, rows: await world.count(Item), pks_in_memory: items.map(({ id }) => id) };
    }),
    {
      because: 'whether a row is new is in `created`; errors of the program are plain ones',
      facts: ({ rows, pks_in_memory }) => ({ raised: 'Error: abort', rows, pks_in_memory }),
    },
  ),

  'save.save_again_in_post_save': differ(
    'OWN_UNIT_OF_WORK',
    'a receiver of PostSave loads the row again to change it, in the same transaction',
    { qty: 1, sent: ['true', 'false'], foreign: 'FOREIGN_INSTANCE' },
    onModels(async (world, record, em) => {
      const sent: string[] = [];
      let foreign: string | undefined;
      record.connect<Payload>(PostSave, Item, async ({ instance, created }, message: Message) => {
        sent.push(String(created));
        if (!created) return;
        const again = await message.em!.findOneOrFail(Item, instance.id);
        again.qty += 1;
        try {
          message.em!.persist(instance);
        } catch (error) {
          foreign = (error as { code?: string }).code;
        }
      });
      em.create(Item, { name: 'a' });
      await em.flush();
      const [row] = await world.execute('select qty from item');
      return { qty: row!.qty, sent, foreign };
    }),
  ),

  'save.create_other_row_in_post_save': differ(
    'OWN_UNIT_OF_WORK',
    'what a receiver persists is written after it returned, in the same transaction, and sent',
    { rows: [1, 1], sent: ['pre Item', 'post Item', 'pre Parent', 'post Parent'] },
    onModels(async (world, record, em) => {
      const sent: string[] = [];
      for (const [signal, name] of [
        [PreSave, 'pre'],
        [PostSave, 'post'],
      ] as const) {
        record.connect<{ instance: object }>(signal, undefined, ({ instance }) =>
          sent.push(`${name} ${instance.constructor.name}`),
        );
      }
      record.connect<Payload>(PostSave, Item, (_payload, message: Message) => void message.em!.create(Parent, {}));
      em.create(Item, { name: 'a' });
      await em.flush();
      return { rows: [await world.count(Item), await world.count(Parent)], sent };
    }),
  ),
};
