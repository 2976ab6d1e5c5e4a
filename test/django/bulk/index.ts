import { raw } from '@mikro-orm/core';
import { PostSave, PreSave } from 'nestjs-signals';
import { differ, type Mapping, match } from '../mapping.js';
import { Guest, Host, Item } from '../models/entities.js';
import { EVERYTHING, onModels } from '../models/world.js';

export const BULK: Mapping = {
  'bulk.bulk_create': match(
    'rows that are inserted in bulk are not sent one by one',
    onModels(async (world, record, em) => {
      record.listenTo(EVERYTHING);
      await em.insertMany(Item, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
      return { rows: await world.count(Item) };
    }),
  ),

  'bulk.queryset_update': match(
    'nor are rows that are updated in bulk, with an expression, either',
    onModels(async (world, record, em) => {
      await world.store(Item, { name: 'a', qty: 1 }, { name: 'b', qty: 1 });
      record.listenTo(EVERYTHING);
      await em.nativeUpdate(Item, {}, { name: 'x' });
      await em.nativeUpdate(Item, { id: 1 }, { qty: raw('qty + 1') });
      const rows = await world.execute('select name, qty from item order by id');
      return { rows: rows.map((row: object) => Object.values(row)) };
    }),
  ),

  'bulk.related_manager_bulk_paths': differ(
    'COLLECTIONS_ARE_CHANGES',
    'rows that a collection of the other side takes in or lets go are changed, and sent',
    {
      add: ['pre 1 null>1', 'post 1 null>1'],
      remove: ['pre 1 1>null', 'post 1 1>null'],
      set: ['pre 2 null>1', 'post 2 null>1'],
      clear: ['pre 2 1>null', 'post 2 1>null'],
      hosts: [null, null],
    },
    onModels(async (world, record, em) => {
      await world.store(Host, {});
      await world.store(Guest, {}, {});
      const sent: string[] = [];
      type Payload = { instance: Guest; changes: { host?: { from: unknown; to: unknown } } };
      for (const [name, signal] of Object.entries({ pre: PreSave, post: PostSave })) {
        record.connect<Payload>(signal, Guest, ({ instance, changes: { host } }) =>
          sent.push(`${name} ${instance.id} ${host?.from as number}>${host?.to as number}`),
        );
      }
      const host = await em.findOneOrFail(Host, 1, { populate: ['guests'] });
      const [one, two] = await em.find(Guest, {}, { orderBy: { id: 1 } });
      const facts: Record<string, unknown> = {};
      const steps: Record<string, () => void> = {
        add: () => host.guests.add(one!),
        remove: () => host.guests.remove(one!),
        set: () => host.guests.set([two!]),
        clear: () => host.guests.removeAll(),
      };
      for (const [name, step] of Object.entries(steps)) {
        step();
        await em.flush();
        facts[name] = sent.splice(0);
      }
      const rows = await world.execute('select host_id from guest order by id');
      return { ...facts, hosts: rows.map((row: { host_id?: unknown }) => row.host_id) };
    }),
  ),
};
