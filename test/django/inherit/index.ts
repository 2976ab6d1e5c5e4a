import { type Message, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Item, Letter, Parcel, Place, Restaurant, Stamped } from '../models/entities.js';
import { onModels, ROWS } from '../models/world.js';
import { errorOf, ValueError } from '../recorder.js';

type Payload = { instance: { id: number } };

/** Writes down `signal Class#key`. */
function into(sent: string[]) {
  return ({ instance }: Payload, { signal }: Message) =>
    void sent.push(`${signal.constructor.name} ${instance.constructor.name}#${instance.id}`);
}

export const INHERIT: Mapping = {
  'inherit.multi_table_create_and_update': match(
    'a row in two tables is one pair, of its own class; receivers of the class above are not called',
    onModels(async (_world, record, em) => {
      record.named(PreSave, Place, 'place', () => {});
      record.named(PostSave, Place, 'place', () => {});
      record.listenTo([PreSave, PostSave], Restaurant);
      const restaurant = em.create(Restaurant, { name: 'a', stars: 1 });
      await em.flush();
      record.line('-- update');
      Object.assign(restaurant, { name: 'b', stars: 2 });
      await em.flush();
    }),
  ),

  'inherit.multi_table_save_parent_part': differ(
    'ONE_ROW_ONE_CLASS',
    'what is loaded as the class above is of its own class, and is sent as that, although the table of that class alone changes',
    { loaded: 'Restaurant', sent: ['PreSave Restaurant#1', 'PostSave Restaurant#1'] },
    onModels(async (_world, record, em) => {
      em.create(Restaurant, { name: 'a', stars: 1 });
      await em.flush();
      em.clear();
      const sent: string[] = [];
      for (const signal of ROWS) record.connect(signal, undefined, into(sent));
      const place = await em.findOneOrFail(Place, 1);
      place.name = 'b';
      await em.flush();
      return { loaded: place.constructor.name, sent };
    }),
  ),

  'inherit.multi_table_delete_child': differ(
    'ONE_ROW_ONE_CLASS',
    'a row in two tables that is removed is one pair',
    { sent: ['PreDelete Restaurant#1', 'PostDelete Restaurant#1'], left: [0, 0] },
    onModels(async (world, record, em) => {
      const restaurant = em.create(Restaurant, { name: 'a', stars: 1 });
      await em.flush();
      const sent: string[] = [];
      for (const signal of ROWS) record.connect(signal, undefined, into(sent));
      em.remove(restaurant);
      await em.flush();
      const left = ['restaurant', 'place'].map(table => world.execute(`select 1 from ${table}`));
      return { sent, left: (await Promise.all(left)).map(rows => rows.length) };
    }),
  ),

  'inherit.multi_table_delete_parent': differ(
    'ONE_ROW_ONE_CLASS',
    'so is one that is removed as the class above',
    { sent: ['PreDelete Restaurant#1', 'PostDelete Restaurant#1'], left: [0, 0] },
    onModels(async (world, record, em) => {
      em.create(Restaurant, { name: 'a', stars: 1 });
      await em.flush();
      em.clear();
      const sent: string[] = [];
      for (const signal of [PreDelete, PostDelete]) record.connect(signal, undefined, into(sent));
      em.remove(await em.findOneOrFail(Place, 1));
      await em.flush();
      const left = ['restaurant', 'place'].map(table => world.execute(`select 1 from ${table}`));
      return { sent, left: (await Promise.all(left)).map(rows => rows.length) };
    }),
  ),

  'inherit.multi_table_delete_keep_parents': adapt(
    'the leaf is sent, whatever is removed with it',
    { because: 'both tables are one row, so nothing can be kept of it', facts: () => ({ places: 0 }) },
    onModels(async (world, record, em) => {
      const restaurant = em.create(Restaurant, { name: 'a', stars: 1 });
      await em.flush();
      record.listenTo([PreDelete, PostDelete]);
      em.remove(restaurant);
      await em.flush();
      return { places: await world.count(Place) };
    }),
  ),

  'inherit.multi_table_post_save_error': differ(
    'ERRORS_ROLL_BACK',
    'an error of a receiver takes the rows of both tables with it',
    { raised: 'ValueError: after', rows: [0, 0] },
    onModels(async (world, record, em) => {
      record.connect(PostSave, Restaurant, () => {
        throw new ValueError('after');
      });
      em.create(Restaurant, { name: 'a', stars: 1 });
      const raised = await errorOf(() => em.flush());
      return { raised, rows: [await world.count(Place), await world.count(Restaurant)] };
    }),
  ),

  'inherit.abstract_base_as_sender': differ(
    'SUBCLASSES_ON_REQUEST',
    'a receiver of an abstract sender is called for the classes below it if it asks for them, and is refused if it does not',
    { refused: 'SENDER_NOT_AN_ENTITY', recorded: ['PostSave Letter#1', 'PostSave Parcel#1'] },
    onModels(async (world, record, em) => {
      const recorded: string[] = [];
      let refused: string | undefined;
      try {
        record.connect(PostSave, Stamped, () => {});
      } catch (error) {
        refused = (error as { code?: string }).code;
      }
      const options = { sender: Stamped, includeSubclasses: true };
      using _connection = world.signal(PostSave).connect(into(recorded), options);
      em.create(Letter, { stamp: 'a' });
      await em.flush();
      em.create(Parcel, { stamp: 'b' });
      await em.flush();
      em.create(Item, { name: 'c' });
      await em.flush();
      return { refused, recorded };
    }),
  ),
};
