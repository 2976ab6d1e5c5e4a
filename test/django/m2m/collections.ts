import type { EntityManager } from '@mikro-orm/core';
import { M2mChanged } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Pizza, Topping } from '../models/entities.js';
import { type ModelRecorder, onModels, type World } from '../models/world.js';

/** A pizza without toppings, and three toppings, loaded. */
export async function storePizza(world: World, ...toppings: number[]): Promise<void> {
  await world.store(Topping, { name: 'a' }, { name: 'b' }, { name: 'c' });
  await world.store(Pizza, {});
  for (const topping of toppings) {
    await world.execute(`insert into pizza_toppings (pizza_id, topping_id) values (1, ${topping})`);
  }
}

export async function loadPizza(em: EntityManager): Promise<[Pizza, (...keys: number[]) => Topping[]]> {
  const pizza = await em.findOneOrFail(Pizza, 1, { populate: ['toppings'] });
  return [pizza, (...keys) => keys.map(key => em.getReference(Topping, key))];
}

/** Records each send of `M2mChanged` as a line like `pre_add 1,2`. */
export function recorded(record: ModelRecorder): string[] {
  const sent: string[] = [];
  record.connect<{ action: string; pkSet: readonly unknown[] | null }>(M2mChanged, undefined, ({ action, pkSet }) =>
    sent.push(pkSet ? `${action} ${pkSet.join()}` : action),
  );
  return sent;
}

export const COLLECTIONS: Mapping = {
  'm2m.add': adapt(
    'what is added to a collection is sent as a pair for each flush',
    { because: 'a flush, not a call, is one change' },
    onModels(async (world, record, em) => {
      await storePizza(world);
      record.listenTo([M2mChanged]);
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.add(toppings(1));
      await em.flush();
      record.line('-- add two');
      pizza.toppings.add(toppings(2));
      pizza.toppings.add(toppings(3));
      await em.flush();
    }),
  ),

  'm2m.add_existing_and_mixed': differ(
    'NO_CHANGE_NO_SIGNAL',
    'what is there already is not added, and not sent',
    { existing: [], mixed: ['pre_add 2', 'post_add 2'] },
    onModels(async (world, record, em) => {
      await storePizza(world, 1);
      const sent = recorded(record);
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.add(toppings(1));
      await em.flush();
      const existing = sent.splice(0);
      pizza.toppings.add(toppings(1, 2));
      await em.flush();
      return { existing, mixed: sent };
    }),
  ),

  'm2m.add_without_listeners': adapt(
    'a change without receivers is written all the same',
    { because: 'the statements are those of MikroORM', facts: () => ({ rows: 2 }) },
    onModels(async (world, _record, em) => {
      await storePizza(world);
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.add(toppings(1, 2));
      await em.flush();
      return { rows: (await world.execute('select 1 from pizza_toppings')).length };
    }),
  ),

  'm2m.remove': differ(
    'REAL_DIFFERENCES',
    'what is not there is not removed, and not sent',
    { present: ['pre_remove 1', 'post_remove 1'], absent: [], nothing: [], left: [2] },
    onModels(async (world, record, em) => {
      await storePizza(world, 1, 2);
      const sent = recorded(record);
      const [pizza, toppings] = await loadPizza(em);
      const removing = async (...keys: number[]) => {
        pizza.toppings.remove(toppings(...keys));
        await em.flush();
        return sent.splice(0);
      };
      const facts = { present: await removing(1), absent: await removing(3), nothing: await removing() };
      const rows = await world.execute('select topping_id from pizza_toppings');
      return { ...facts, left: rows.map(({ topping_id }: { topping_id?: unknown }) => topping_id) };
    }),
  ),

  'm2m.clear': differ(
    'REAL_DIFFERENCES',
    'a collection that was loaded is emptied by a removal, one that was not by a clear; an empty one by nothing',
    { loaded: ['pre_remove 1,2', 'post_remove 1,2'], again: [], not_loaded: ['pre_clear', 'post_clear'] },
    onModels(async (world, record, em) => {
      await storePizza(world, 1, 2);
      const sent = recorded(record);
      const [pizza] = await loadPizza(em);
      pizza.toppings.removeAll();
      await em.flush();
      const loaded = sent.splice(0);
      pizza.toppings.removeAll();
      await em.flush();
      const again = sent.splice(0);
      const other = world.fork();
      (await other.findOneOrFail(Pizza, 1)).toppings.removeAll();
      await other.flush();
      return { loaded, again, not_loaded: sent };
    }),
  ),

  'm2m.set': match(
    'to set a collection removes and adds the difference, in this order; the same again is nothing',
    onModels(async (world, record, em) => {
      await storePizza(world, 1, 2);
      record.listenTo([M2mChanged]);
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.set(toppings(2, 3));
      await em.flush();
      record.line('-- same again');
      pizza.toppings.set(toppings(2, 3));
      await em.flush();
    }),
  ),

  'm2m.set_clear_true': differ(
    'REAL_DIFFERENCES',
    'to empty a collection and fill it again is the difference; where it was not loaded, a clear and what comes after it',
    { loaded: ['pre_remove 1', 'pre_add 3', 'post_remove 1', 'post_add 3'], not_loaded: ['pre_clear', 'pre_add 1,2'] },
    onModels(async (world, record, em) => {
      await storePizza(world, 1, 2);
      const sent = recorded(record);
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.removeAll();
      pizza.toppings.set(toppings(2, 3));
      await em.flush();
      const loaded = sent.splice(0);
      const other = world.fork();
      const again = await other.findOneOrFail(Pizza, 1);
      again.toppings.set([1, 2].map(key => other.getReference(Topping, key)));
      await other.flush();
      return { loaded, not_loaded: sent.slice(0, 2) };
    }),
  ),

  'm2m.pk_set_is_shared_and_live': differ(
    'PAYLOADS_ARE_NOT_LEVERS',
    'the keys are frozen; a receiver that takes something out of the collection changes what is added',
    { raised: 'TypeError', frozen: true, rows: [2], after: ['pre_add 1,2', 'post_add 2'] },
    onModels(async (world, record, em) => {
      await storePizza(world);
      const sent = recorded(record);
      let [raised, frozen]: [string | null, boolean] = [null, false];
      type Payload = { instance: Pizza; action: string; pkSet: number[]; objects: Topping[] };
      record.connect<Payload>(M2mChanged, undefined, ({ instance, action, pkSet, objects }) => {
        if (action !== 'pre_add') return;
        frozen = Object.isFrozen(pkSet) && Object.isFrozen(objects);
        try {
          pkSet.pop();
        } catch (error) {
          raised = (error as Error).name;
        }
        instance.toppings.remove(objects[0]!);
      });
      const [pizza, toppings] = await loadPizza(em);
      pizza.toppings.add(toppings(1, 2));
      await em.flush();
      const rows = await world.execute('select topping_id from pizza_toppings');
      return { raised, frozen, rows: rows.map(({ topping_id }: { topping_id?: unknown }) => topping_id), after: sent };
    }),
  ),
};
