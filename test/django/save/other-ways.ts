import { M2mChanged, PostSave, PostUpsert, PreSave } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Child, Item, Parent, Pizza, Place, Restaurant, Topping } from '../models/entities.js';
import { EVERYTHING, onModels, ROWS } from '../models/world.js';

/** Writes down `signal Class key`. */
function into(sent: string[], name: string) {
  return ({ instance }: { instance: { id?: number } }) =>
    void sent.push(`${name} ${instance.constructor.name}#${instance.id ?? 'None'}`);
}

export const OTHER_WAYS: Mapping = {
  'save.update_or_create': differ(
    'NEW_IS_KNOWN',
    'an upsert has signals of its own, and says whether the row is new where the database knows it; found and assigned, the same values are no change',
    { upserts: [true, false], sent: ['pre Item#None', 'post Item#2'] },
    onModels(async (world, record, em) => {
      const [upserts, sent]: [unknown[], string[]] = [[], []];
      record.connect<{ created?: boolean }>(PostUpsert, Item, ({ created }) => upserts.push(created));
      for (let time = 0; time < 2; time++) await world.fork().upsert(Item, { id: 1, name: 'a', version: 1 });

      record.connect(PreSave, Item, into(sent, 'pre'));
      record.connect(PostSave, Item, into(sent, 'post'));
      await world.execute(`select setval('item_id_seq', 1)`);
      for (let time = 0; time < 2; time++) {
        const item = (await em.findOne(Item, { code: 'x' })) ?? em.create(Item, { name: 'a', code: 'x' });
        em.assign(item, { name: 'a' });
        await em.flush();
      }
      return { upserts, sent };
    }),
  ),

  'save.related_manager_create': differ(
    'COLLECTIONS_ARE_CHANGES',
    'a child that moves to another parent is sent as changed, whichever side was used',
    {
      created: ['pre Child#None', 'post Child#1'],
      moved: ['pre Child#1', 'post Child#1'],
      back: ['pre Child#1', 'post Child#1'],
    },
    onModels(async (world, record, em) => {
      await world.store(Parent, {}, {});
      const sent: string[] = [];
      record.connect(PreSave, Child, into(sent, 'pre'));
      record.connect(PostSave, Child, into(sent, 'post'));
      const [one, two] = await em.find(Parent, {}, { populate: ['children'], orderBy: { id: 1 } });
      const child = em.create(Child, { parent: one! });
      await em.flush();
      const created = sent.splice(0);
      two!.children.add(child);
      await em.flush();
      const moved = sent.splice(0);
      one!.children.add(child);
      await em.flush();
      return { created, moved, back: sent };
    }),
  ),

  'save.raw_fixture': adapt(
    'rows that are seeded are sent like any others; receivers that must not be called are muted',
    {
      because: 'a seeder flushes; new rows have the keys that they were given; a collection is sent with its row',
      facts: () => ({ muted: 0 }),
    },
    onModels(async (world, record, em) => {
      await world.store(Topping, { name: 'ham' });
      record.listenTo([PreSave, PostSave, M2mChanged]);
      record.line('-- load Item');
      em.create(Item, { id: 5, name: 'a' });
      await em.flush();
      record.line('-- load Place');
      em.create(Place, { id: 9, name: 'p' });
      await em.flush();
      record.line('-- load Restaurant');
      await em.nativeDelete(Place, 9);
      em.clear();
      em.create(Restaurant, { id: 9, name: 'p', stars: 1 });
      await em.flush();
      record.line('-- load Pizza');
      const pizza = em.create(Pizza, { id: 2 });
      await em.flush();
      pizza.toppings.add(em.getReference(Topping, 1));
      await em.flush();
      let muted = 0;
      record.connect(PreSave, Parent, () => muted++);
      await world.registry.mute('all', async () => {
        em.create(Parent, {});
        await em.flush();
      });
      return { muted };
    }),
  ),

  'save.overridden_save_without_super': match(
    'what goes past the unit of work sends nothing',
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a' });
      record.listenTo(EVERYTHING);
      record.listenTo(ROWS);
      await em.nativeUpdate(Item, { id: 1 }, { name: 'b' });
      const [row] = await world.execute('select name from item');
      return { row: row!.name };
    }),
  ),
};
