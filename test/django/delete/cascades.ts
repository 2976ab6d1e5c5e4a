import type { EntityManager } from '@mikro-orm/core';
import { PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { differ, type Mapping } from '../mapping.js';
import { Child, GrandChild, Guest, Host, Memo, Owner, Parent } from '../models/entities.js';
import { type ModelRecorder, onModels, type World } from '../models/world.js';

/** Records the save and delete signals of every class, as lines like `pre Child#1`. */
function recorded(record: ModelRecorder): string[] {
  const sent: string[] = [];
  const signals = { pre: PreDelete, post: PostDelete, pre_save: PreSave, post_save: PostSave };
  for (const [name, signal] of Object.entries(signals)) {
    record.connect<{ instance: { id: number } }>(signal, undefined, ({ instance }) =>
      sent.push(`${name} ${instance.constructor.name}#${instance.id}`),
    );
  }
  return sent;
}

async function storeFamily(world: World): Promise<void> {
  await world.store(Parent, {});
  await world.store(Child, { parent: 1 }, { parent: 1 });
  await world.store(GrandChild, { child: 1 }, { child: 1 }, { child: 2 });
}

function family(em: EntityManager): Promise<Parent> {
  return em.findOneOrFail(Parent, 1, { populate: ['children.grandChildren'] });
}

export const CASCADES: Mapping = {
  'delete.cascade_order': differ(
    'LOADED_CHILDREN_GO',
    'loaded rows go along and are sent: everything before the SQL, then everything after it',
    {
      pre: ['Parent#1', 'Child#1', 'GrandChild#1', 'GrandChild#2', 'Child#2', 'GrandChild#3'],
      post: ['Child#1', 'Child#2', 'GrandChild#1', 'GrandChild#2', 'GrandChild#3', 'Parent#1'],
      not_loaded: ['pre Parent#1'],
      rows: [0, 0, 0],
    },
    onModels(async (world, record, em) => {
      await storeFamily(world);
      const sent = recorded(record);
      em.remove(await family(em));
      await em.flush();
      const lines = sent.splice(0).map(line => line.split(' ') as [string, string]);
      const rows = [await world.count(Parent), await world.count(Child), await world.count(GrandChild)];

      await world.empty();
      await storeFamily(world);
      const other = world.fork();
      other.remove(await other.findOneOrFail(Parent, 1));
      await other.flush().catch(() => 'its children are in the way');
      const of = (when: string) => lines.filter(([name]) => name === when).map(([, row]) => row);
      return { pre: of('pre'), post: of('post').sort(), not_loaded: sent, rows };
    }),
  ),

  'delete.cascade_nullable_fk_order': differ(
    'LOADED_CHILDREN_GO',
    'a reference that may be null makes no difference',
    { sent: ['pre Host#1', 'pre Guest#1', 'pre Guest#2', 'post Guest#1', 'post Guest#2', 'post Host#1'] },
    onModels(async (world, record, em) => {
      await world.store(Host, {});
      await world.store(Guest, { host: 1 }, { host: 1 });
      const sent = recorded(record);
      em.remove(await em.findOneOrFail(Host, 1, { populate: ['guests'] }));
      await em.flush();
      const [before, after] = [sent.slice(0, 3), sent.slice(3).sort()];
      return { sent: [...before, ...after] };
    }),
  ),

  'delete.set_null': differ(
    'LOADED_CHILDREN_GO',
    'the database sets references to null by itself; where the rows are loaded they are changed, and sent',
    {
      by_database: ['pre Owner#1', 'post Owner#1'],
      loaded: ['pre_save Memo#3', 'post_save Memo#3'],
      left: [null, null, null],
    },
    onModels(async (world, record, em) => {
      await world.store(Owner, {}, {});
      await world.store(Memo, { owner: 1 }, { owner: 1 }, { owner: 2 });
      const sent = recorded(record);
      em.remove(await em.findOneOrFail(Owner, 1));
      await em.flush();
      const byDatabase = sent.splice(0);
      const other = world.fork();
      other.remove(await other.findOneOrFail(Owner, 2, { populate: ['memos'] }));
      await other.flush();
      const loaded = sent.filter(line => line.includes('Memo'));
      const left = (await world.execute('select owner_id from memo order by id')).map(
        ({ owner_id }: { owner_id?: unknown }) => owner_id,
      );
      return { by_database: byDatabase, loaded, left };
    }),
  ),

  'delete.protected': differ(
    'DATABASE_DECIDES',
    'a row that others need is refused by the database, after PreDelete',
    { raised: 'ForeignKeyConstraintViolationException', sent: ['pre Parent#1'], rows: 1 },
    onModels(async (world, record, em) => {
      await world.store(Parent, {});
      await world.store(Child, { parent: 1 });
      const sent = recorded(record);
      em.remove(await em.findOneOrFail(Parent, 1));
      const raised = await em.flush().then(
        () => 'nothing',
        (error: Error) => error.constructor.name,
      );
      return { raised, sent, rows: await world.count(Parent) };
    }),
  ),
};
