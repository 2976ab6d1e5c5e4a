import { PostInit, PostLoad } from 'nestjs-signals';
import { adapt, differ, type Mapping } from '../mapping.js';
import { Item } from '../models/entities.js';
import { onModels, type World } from '../models/world.js';

function threeItems(world: World): Promise<void> {
  return world.store(Item, { name: 'a' }, { name: 'b' }, { name: 'c' });
}

export const INIT: Mapping = {
  'init.construct': adapt(
    'an object that em.create() makes is sent when it has its values',
    {
      because: 'nothing runs before a constructor, so there is no PreInit; there are no positional arguments',
      steps: steps => steps.filter(step => typeof step === 'string' || step.signal === 'post_init'),
      facts: () => ({ names: ['a', 'b'] }),
    },
    onModels(async (_world, record, em) => {
      const names: string[] = [];
      record.listenTo([PostInit]);
      record.connect<{ instance: Item }>(PostInit, Item, ({ instance }) => names.push(instance.name));
      em.create(Item, { name: 'a', qty: 1 });
      em.create(Item, { name: 'b' });
      return { names };
    }),
  ),

  'init.query_sends_one_pair_per_row': differ(
    'LOADED_ONCE',
    'a row is sent when its object is made, and not when it is known already; whole, and with its origin',
    {
      init: ['1 a default', '2 b default', '3 c default'],
      load: [1, 2, 3],
      again: [],
      other_unit_of_work: ['1 a default'],
    },
    onModels(async (world, record, em) => {
      await threeItems(world);
      const [init, load]: [string[], number[]] = [[], []];
      record.connect<{ instance: Item; using: string }>(PostInit, Item, ({ instance, using }) =>
        init.push(`${instance.id} ${instance.name} ${using}`),
      );
      record.connect<{ instance: Item }>(PostLoad, Item, ({ instance }) => load.push(instance.id));
      await em.find(Item, {}, { orderBy: { id: 1 } });
      const [first, loaded] = [init.splice(0), load.splice(0)];
      await em.find(Item, {});
      await em.findOne(Item, 1);
      const again = init.splice(0);
      await world.fork().findOne(Item, 1);
      return { init: first, load: loaded, again, other_unit_of_work: init };
    }),
  ),

  'init.refresh_from_db': adapt(
    'to refresh an object makes another, which is thrown away',
    {
      because: 'there is no PreInit; what is thrown away is loaded, too',
      steps: steps => steps.filter(step => typeof step === 'string' || step.signal === 'post_init'),
      facts: () => ({ load: 1 }),
    },
    onModels(async (world, record, em) => {
      await threeItems(world);
      const item = await em.findOneOrFail(Item, 1);
      let load = 0;
      record.listenTo([PostInit]);
      record.connect(PostLoad, Item, () => load++);
      await em.refresh(item);
      return { load };
    }),
  ),
};
