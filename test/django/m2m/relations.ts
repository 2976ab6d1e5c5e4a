import { M2mChanged, type Message, PostSave, PreSave } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Band, Membership, Musician, Person, Pizza, Topping } from '../models/entities.js';
import { EVERYTHING, onModels, ROWS } from '../models/world.js';
import type { Step } from '../scenario.js';
import { recorded } from './collections.js';

/** The friends of one person are not those of the other here. */
function fromTheFirst(step: Step): Step {
  if (typeof step === 'string' || step.instance !== 'Person#2') return step;
  return { ...step, instance: 'Person#1', pk_set: [2] };
}

export const RELATIONS: Mapping = {
  'm2m.reverse_side': adapt(
    'if only the other side was loaded, it is the one that is sent',
    {
      because: 'a collection that is emptied is sent as what was removed from it; one that was not loaded is cleared',
      facts: ({ forward_also_changed }) => ({ forward_also_changed }),
    },
    onModels(async (world, record, em) => {
      await world.store(Topping, {});
      await world.store(Pizza, {}, {}, {});
      record.listenTo([M2mChanged]);
      const topping = await em.findOneOrFail(Topping, 1, { populate: ['pizzas'] });
      const pizza = (key: number) => em.getReference(Pizza, key);
      topping.pizzas.add(pizza(1), pizza(2));
      await em.flush();
      record.line('-- remove');
      topping.pizzas.remove(pizza(1));
      await em.flush();
      record.line('-- clear');
      const other = world.fork();
      (await other.findOneOrFail(Topping, 1)).pizzas.removeAll();
      await other.flush();
      record.line('-- set');
      const third = world.fork();
      const again = await third.findOneOrFail(Topping, 1, { populate: ['pizzas'] });
      again.pizzas.set([third.getReference(Pizza, 3)]);
      await third.flush();
      const fourth = await world.fork().findOneOrFail(Pizza, 3, { populate: ['toppings'] });
      return { forward_also_changed: fourth.toppings.getIdentifiers() };
    }),
  ),

  'm2m.create_through_manager': match(
    'a new row that is put into a collection is sent as a row, and then as a member',
    onModels(async (world, record, em) => {
      await world.store(Pizza, {});
      record.listenTo([PreSave, PostSave, M2mChanged]);
      const pizza = await em.findOneOrFail(Pizza, 1, { populate: ['toppings'] });
      const topping = em.create(Topping, { name: 'ham' });
      await em.flush();
      pizza.toppings.add(topping);
      await em.flush();
      record.line('-- get_or_create');
      pizza.toppings.add(await em.findOneOrFail(Topping, { name: 'ham' }));
      await em.flush();
    }),
  ),

  'm2m.symmetrical_self': adapt(
    'a relation of a class with itself goes one way; who wants both adds both',
    {
      because: 'MikroORM has no symmetrical relations, so one row is the friendship of the first with the second',
      steps: steps => steps.map(fromTheFirst),
      facts: ({ join_rows_after_remove }) => ({ join_rows_after_add: 1, join_rows_after_remove }),
    },
    onModels(async (world, record, em) => {
      await world.store(Person, {}, {});
      record.listenTo([M2mChanged]);
      const rows = async () => (await world.execute('select 1 from person_friends')).length;
      const [one, two] = await em.find(Person, {}, { populate: ['friends'], orderBy: { id: 1 } });
      one!.friends.add(two!);
      await em.flush();
      const added = await rows();
      record.line('-- remove from the other side');
      one!.friends.remove(two!);
      await em.flush();
      return { join_rows_after_add: added, join_rows_after_remove: await rows() };
    }),
  ),

  'm2m.custom_through': differ(
    'PIVOTS_ARE_NOT_TOLD',
    'a collection with a pivot entity sends M2mChanged alone; rows of the pivot entity are sent as rows when they are made by hand',
    {
      add: ['pre_add 1,2', 'post_add 1,2'],
      remove: ['pre_remove 1', 'post_remove 1'],
      clear: ['pre_clear', 'post_clear'],
      by_hand: ['PreSave Membership', 'PostSave Membership'],
    },
    onModels(async (world, record, em) => {
      await world.store(Musician, {}, {});
      await world.store(Band, {});
      const sent = recorded(record);
      for (const signal of ROWS) {
        record.connect<{ instance: object }>(signal, undefined, ({ instance }) =>
          sent.push(`${signal.name} ${instance.constructor.name}`),
        );
      }
      const band = await em.findOneOrFail(Band, 1, { populate: ['members'] });
      const facts: Record<string, unknown> = {};
      band.members.add(em.getReference(Musician, 1), em.getReference(Musician, 2));
      await em.flush();
      facts.add = sent.splice(0);
      band.members.remove(em.getReference(Musician, 1));
      await em.flush();
      facts.remove = sent.splice(0);
      const other = world.fork();
      (await other.findOneOrFail(Band, 1)).members.removeAll();
      await other.flush();
      facts.clear = sent.splice(0);
      const third = world.fork();
      third.create(Membership, { band: 1, musician: 2 });
      await third.flush();
      return { ...facts, by_hand: sent };
    }),
  ),

  'm2m.modelform_post_save_sees_no_m2m': differ(
    'ONE_FLUSH_ONE_PAIR',
    'one flush writes a row and its collection, so PostSave sees both',
    { toppings_in_post_save: 2, toppings_afterwards: 2, sent: ['PreSave', 'M2mChanged', 'PostSave', 'M2mChanged'] },
    onModels(async (world, record, em) => {
      await world.store(Topping, {}, {});
      const sent: string[] = [];
      for (const signal of EVERYTHING) record.connect(signal, undefined, () => sent.push(signal.name));
      let seen = 0;
      record.connect<{ instance: Pizza }>(PostSave, Pizza, async (_payload, { em: own }: Message) => {
        seen = (await own!.findOneOrFail(Pizza, 1, { populate: ['toppings'] })).toppings.count();
      });
      const pizza = em.create(Pizza, { name: 'a' });
      pizza.toppings.add(em.getReference(Topping, 1), em.getReference(Topping, 2));
      await em.flush();
      const rows = await world.execute('select 1 from pizza_toppings');
      return { toppings_in_post_save: seen, toppings_afterwards: rows.length, sent };
    }),
  ),
};
