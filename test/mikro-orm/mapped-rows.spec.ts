import { PostSave } from 'nestjs-signals';
import { sharedLog, stored } from './mappings/log.js';
import { Box, Car, Cat, Dog, Player, Shelf, SportsCar, Team, Thing, Vehicle } from './random/entities.js';

const start = sharedLog();

describe('a row with a composite key', () => {
  it('is sent like any other', async () => {
    const t = start();
    const shelf = await stored(t.em, Shelf, { room: 'hall', place: 1, label: 'old' });

    shelf.label = 'new';
    await t.em.flush();
    t.em.remove(shelf);
    await t.em.flush();

    expect(t.log.saved[0]!.changes).toEqual({ room: { to: 'hall' }, place: { to: 1 }, label: { to: 'old' } });
    expect(t.log.saved[1]!.changes).toEqual({ label: { from: 'old', to: 'new' } });
    expect(t.log.originals).toEqual(Array(2).fill({ room: 'hall', place: 1, label: 'new' }));
  });

  it('that is removed and made again in one flush is a removed one and a new one', async () => {
    const t = start();
    const shelf = await stored(t.em, Shelf, { room: 'hall', place: 1, label: 'old' });
    t.log.take();

    t.em.remove(shelf);
    t.em.persist(Object.assign(new Shelf(), { room: 'hall', place: 1, label: 'new' }));
    await t.em.flush();

    expect(t.log.take().sort()).toEqual([
      'post_delete Shelf',
      'post_save Shelf created',
      'pre_delete Shelf',
      'pre_save Shelf',
    ]);
    expect(t.log.originals[0]).toMatchObject({ label: 'old' });
    expect(await t.fork().findAll(Shelf)).toMatchObject([{ label: 'new' }]);
  });
});

describe('single-table inheritance', () => {
  it('is sent by the class of the row, and not by the class above', async () => {
    const t = start();
    const calls: string[] = [];
    using _connection = t.app
      .get(PostSave)
      .connect(({ instance }) => calls.push(instance.constructor.name), { sender: [Cat, Dog] });
    t.em.create(Cat, { name: 'tom', lives: 9 });
    t.em.create(Dog, { name: 'rex', tricks: ['sit'] });

    await t.em.flush();

    expect(calls.sort()).toEqual(['Cat', 'Dog']);
    expect(t.log.saved[0]!.changes).toMatchObject({ name: { to: 'tom' }, lives: { to: 9 } });
  });
});

describe('table-per-type inheritance', () => {
  const sportsCar = { brand: 'a', doors: 2, spoiler: 'big' };

  it('is one pair, of the leaf, with the changes of every table', async () => {
    const t = start();
    const car = await stored(t.em, SportsCar, sportsCar);
    expect(t.log.take()).toEqual(['pre_save SportsCar', 'post_save SportsCar created']);
    expect(t.log.changes).toMatchObject({ brand: { to: 'a' }, doors: { to: 2 }, spoiler: { to: 'big' } });

    car.brand = 'b';
    await t.em.flush();
    expect(t.log.take()).toEqual(['pre_save SportsCar', 'post_save SportsCar brand']);
    Object.assign(car, { brand: 'c', doors: 4, spoiler: null });
    await t.em.flush();
    expect(t.log.take()).toEqual(['pre_save SportsCar', 'post_save SportsCar brand,doors,spoiler']);
    expect(t.log.changes).toEqual({
      brand: { from: 'b', to: 'c' },
      doors: { from: 2, to: 4 },
      spoiler: { from: 'big', to: null },
    });
    t.em.remove(car);
    await t.em.flush();
    expect(t.log.take()).toEqual(['pre_delete SportsCar', 'post_delete SportsCar']);
    expect(t.log.originals[1]).toMatchObject({ brand: 'c', doors: 4, spoiler: null });
  });

  it.each([
    ['brand', 'z'],
    ['doors', 9],
    ['spoiler', 'tiny'],
  ])('stores what a receiver of PreSave changes, in whichever table %s is', async (property, value) => {
    const t = start();
    t.log.before = instance => Object.assign(instance, { [property]: value });
    const car = t.em.create(SportsCar, sportsCar as never);
    await t.em.flush();
    expect(await t.fork().findAll(SportsCar)).toMatchObject([{ ...sportsCar, [property]: value }]);

    t.log.before = instance => Object.assign(instance, { [property]: sportsCar[property as 'brand'] });
    for (const other of ['brand', 'doors', 'spoiler'] as const) {
      Object.assign(car, { [other]: other === 'doors' ? 5 : 'other' });
    }
    await t.em.flush();
    const others = { brand: 'other', doors: 5, spoiler: 'other' };
    expect(await t.fork().findAll(SportsCar)).toMatchObject([
      { ...others, [property]: sportsCar[property as 'brand'] },
    ]);
  });

  it('is received with a class above as sender, if subclasses are included', async () => {
    const t = start();
    const calls: string[] = [];
    const receive = ({ instance }: { instance: object }) => calls.push(instance.constructor.name);
    using _connection = t.app.get(PostSave).connect(receive, { sender: Vehicle, includeSubclasses: true });
    using _other = t.app.get(PostSave).connect(() => calls.push('never'), { sender: Car });

    t.em.create(SportsCar, sportsCar as never);
    await t.em.flush();

    expect(calls).toEqual(['SportsCar']);
  });
});

describe('rows that refer to each other in a circle', () => {
  it('are one pair each, with the references that are written later', async () => {
    const t = start();
    const team = t.em.create(Team, { name: 'reds' });
    team.captain = t.em.create(Player, { name: 'ann', team });
    const seen: unknown[] = [];
    t.log.before = instance => seen.push(Object.values(instance).filter(value => value instanceof Object).length);

    await t.em.flush();

    expect(t.log.take().sort()).toEqual([
      'post_save Player created',
      'post_save Team created',
      'pre_save Player',
      'pre_save Team',
    ]);
    expect(seen).toEqual([1, 1]);
    const [captain, of] = ['captain', 'team'].map(
      name => t.log.saved.find(({ changes }) => name in changes)!.changes[name as never] as unknown,
    );
    expect([captain, of]).toEqual([{ to: 1 }, { to: 1 }]);
  });
});

describe('what goes with another row', () => {
  it('sends signals: about orphans, and about entities that a removal cascades to', async () => {
    const t = start();
    const box = t.em.create(Box, { label: 'a' });
    const thing = t.em.create(Thing, { name: 'x', box });
    t.em.create(Thing, { name: 'y', box });
    await t.em.flush();
    t.log.take();

    box.things.remove(thing);
    await t.em.flush();
    expect(t.log.take()).toEqual(['pre_delete Thing', 'post_delete Thing']);
    t.em.remove(box);
    await t.em.flush();
    const lines = t.log.take();
    expect(lines.slice(0, 2)).toEqual(['pre_delete Box', 'pre_delete Thing']);
    expect(lines.slice(2).sort()).toEqual(['post_delete Box', 'post_delete Thing']);
  });

  it('sends no signal if it was never stored', async () => {
    const t = start();
    const box = t.em.create(Box, { label: 'a' });
    await t.em.flush();
    t.log.take();

    const thing = t.em.create(Thing, { name: 'x', box });
    box.things.remove(thing);
    await t.em.flush();

    expect(t.log.take()).toEqual([]);
  });
});
