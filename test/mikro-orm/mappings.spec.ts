import { type EntityManager, EntitySchema } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import {
  Box,
  Car,
  Cat,
  Dog,
  entities,
  Person,
  Player,
  Shelf,
  SportsCar,
  Team,
  Thing,
  Vehicle,
} from './random/entities.js';

/** All signals that are sent, and the changes before the SQL. */
@Injectable()
class Log {
  readonly lines: string[] = [];
  readonly saved: PayloadOf<PostSave>[] = [];
  readonly originals: unknown[] = [];
  before: (instance: object, message: Message) => void = () => {};

  @OnSignal(PreSave)
  preSave({ instance }: PayloadOf<PreSave>, message: Message) {
    this.before(instance, message);
    this.lines.push(`pre_save ${instance.constructor.name}`);
  }

  @OnSignal(PostSave)
  postSave(payload: PayloadOf<PostSave>) {
    const { instance, created, changes } = payload;
    this.lines.push(
      `post_save ${instance.constructor.name} ${created ? 'created' : Object.keys(changes).sort().join()}`,
    );
    this.saved.push(payload);
  }

  @OnSignal([PreDelete, PostDelete])
  remove({ instance, original }: PayloadOf<PostDelete>, { signal }: Message) {
    const name = signal instanceof PreDelete ? 'pre_delete' : 'post_delete';
    this.lines.push(`${name} ${instance.constructor.name}`);
    this.originals.push(original);
  }

  /** Takes the lines, so that the next flush starts with none. */
  take(): string[] {
    return this.lines.splice(0);
  }

  get changes(): Record<string, unknown> {
    return this.saved.at(-1)!.changes;
  }
}

async function start(config = {}) {
  const started = await startOrmApp({ entities, providers: [Log], config });
  return Object.assign(started, { log: started.app.get(Log), em: started.fork() });
}

/** An entity that is stored and loaded again by another EntityManager. */
async function stored<Entity extends object>(em: EntityManager, type: new () => Entity, data: object): Promise<Entity> {
  em.create(type, data as never);
  await em.flush();
  em.clear();
  const [entity] = await em.findAll(type);
  return entity!;
}

describe('an embeddable', () => {
  it('that is inline is one change of one property, old and new as objects', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', address: { city: 'Rome', zip: '1' } });

    person.address!.city = 'Bonn';
    await t.em.flush();

    expect(t.log.changes).toMatchObject({
      address: { from: { city: 'Rome', zip: '1' }, to: { city: 'Bonn', zip: '1' } },
    });
    person.address = null;
    await t.em.flush();
    expect(t.log.changes).toMatchObject({ address: { from: { city: 'Bonn', zip: '1' }, to: null } });
  });

  it('that is stored as an object is one, too', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', settings: { theme: 'dark', sizes: [1] } });

    person.settings!.sizes = [1, 2];
    await t.em.flush();

    expect(t.log.changes).toMatchObject({
      settings: { from: { theme: 'dark', sizes: [1] }, to: { theme: 'dark', sizes: [1, 2] } },
    });
  });

  it('may be asked for by its property', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', address: { city: 'Rome' } });
    const calls: string[] = [];
    const sender = Person;
    t.app.get(PostSave).connect(() => calls.push('address'), { sender, fields: ['address'] });

    person.name = 'bob';
    await t.em.flush();
    person.address!.city = 'Bonn';
    await t.em.flush();

    expect(calls).toEqual(['address']);
  });
});

describe('a property', () => {
  it('of a custom type is sent as a JavaScript value', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', code: 'x' });

    person.code = 'y';
    await t.em.flush();

    expect(t.log.changes).toMatchObject({ code: { from: 'x', to: 'y' } });
    expect(await t.em.getConnection().execute('select code from person')).toEqual([{ code: 'code:y' }]);
  });

  it('that is hidden is marked, so that logs can leave it out', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', secret: 'old' });

    Object.assign(person, { secret: 'new', age: 7 });
    await t.em.flush();

    expect(t.log.changes.secret).toEqual({ from: 'old', to: 'new', hidden: true });
    expect(t.log.changes.age).toEqual({ from: null, to: 7 });
  });

  it('that the database computes is sent when it changes, and never otherwise', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann' });

    person.name = 'bob';
    await t.em.flush();
    expect(t.log.changes).toMatchObject({ loud: { from: 'ANN', to: 'BOB' }, version: { from: 1, to: 2 } });
    person.age = 7;
    await t.em.flush();
    expect(Object.keys(t.log.changes).sort()).toEqual(['age', 'version']);
    expect(t.log.changes).toMatchObject({ version: { from: 2, to: 3 } });
  });

  it('that was never set on a new row was null before its first change', async () => {
    await using t = await start();
    const person = t.em.create(Person, { name: 'ann' });
    await t.em.flush();

    Object.assign(person, { age: 7, address: { city: 'Rome' } });
    await t.em.flush();

    expect(t.log.changes).toMatchObject({ age: { from: null, to: 7 }, address: { from: null, to: { city: 'Rome' } } });
  });

  it('that was unset was null before it is set again', async () => {
    await using t = await start();
    const person = await stored(t.em, Person, { name: 'ann', age: 7 });

    for (const age of [undefined, 8]) {
      Object.assign(person, { age });
      await t.em.flush();
    }

    expect(t.log.changes.age).toEqual({ from: null, to: 8 });
  });

  it('that was not loaded has no old value, whatever was loaded before', async () => {
    await using t = await start();
    await stored(t.em, Person, { name: 'ann', age: 7 });
    const em = t.fork();
    const person = await em.findOneOrFail(Person, { name: 'ann' }, { fields: ['name'] });

    (person as Person).age = 8;
    await em.flush();

    expect(t.log.changes.age).toEqual({ to: 8 });
  });
});

describe('a row with a composite key', () => {
  it('is sent like any other', async () => {
    await using t = await start();
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
    await using t = await start();
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
    await using t = await start();
    const calls: string[] = [];
    t.app.get(PostSave).connect(({ instance }) => calls.push(instance.constructor.name), { sender: [Cat, Dog] });
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
    await using t = await start();
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
    await using t = await start();
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
    await using t = await start();
    const calls: string[] = [];
    const receive = ({ instance }: { instance: object }) => calls.push(instance.constructor.name);
    t.app.get(PostSave).connect(receive, { sender: Vehicle, includeSubclasses: true });
    t.app.get(PostSave).connect(() => calls.push('never'), { sender: Car });

    t.em.create(SportsCar, sportsCar as never);
    await t.em.flush();

    expect(calls).toEqual(['SportsCar']);
  });
});

describe('rows that refer to each other in a circle', () => {
  it('are one pair each, with the references that are written later', async () => {
    await using t = await start();
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
    await using t = await start();
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
    const told = t.log.take();
    expect(told.slice(0, 2)).toEqual(['pre_delete Box', 'pre_delete Thing']);
    expect(told.slice(2).sort()).toEqual(['post_delete Box', 'post_delete Thing']);
  });

  it('sends no signal if it was never stored', async () => {
    await using t = await start();
    const box = t.em.create(Box, { label: 'a' });
    await t.em.flush();
    t.log.take();

    const thing = t.em.create(Thing, { name: 'x', box });
    box.things.remove(thing);
    await t.em.flush();

    expect(t.log.take()).toEqual([]);
  });
});

describe('a second change in one transaction', () => {
  it('is sent with the changes of the first', async () => {
    await using t = await start();
    const { id } = await stored(t.em, Player, { name: 'a' });
    await t.fork().transactional(async em => {
      const player = await em.findOneOrFail(Player, id);
      for (const name of ['b', 'c']) {
        player.name = name;
        await em.flush();
      }
    });

    expect(t.log.saved.slice(1).map(({ changes }) => changes)).toEqual([
      { name: { from: 'a', to: 'b' } },
      { name: { from: 'b', to: 'c' } },
    ]);
  });
});

describe('a receiver that connects while a transaction is open', () => {
  it('is called by its next flush, although the transaction has its own copy of the hooks', async () => {
    await using t = await startOrmApp({ entities });
    const calls: string[] = [];

    await t.fork().transactional(async em => {
      em.create(Player, { name: 'before' });
      await em.flush();
      t.app.get(PostSave).connect(({ instance }) => calls.push(instance.name), { sender: Player });
      em.create(Player, { name: 'after' });
      await em.flush();
    });

    expect(calls).toEqual(['after']);
  });
});

describe('a pool of one connection', () => {
  it('is enough for receivers that query and write', async () => {
    @Injectable()
    class Scribe {
      @OnSignal(PostSave, { sender: Player })
      async write({ instance }: PayloadOf<PostSave, Player>, { em }: Message) {
        em!.create(Team, { name: `${instance.name} of ${await em!.count(Player)}` });
      }
    }
    await using t = await startOrmApp({ entities, providers: [Scribe], config: { pool: { min: 0, max: 1 } } });
    const em = t.fork();
    em.create(Player, { name: 'ann' });

    await em.flush();

    expect(await t.fork().findAll(Team)).toMatchObject([{ name: 'ann of 1' }]);
  });
});

describe('a schema for each tenant', () => {
  it('is in the payload', async () => {
    class Bill {
      id!: number;
      total!: number;
    }
    const BillSchema = new EntitySchema<Bill>({
      class: Bill,
      schema: '*',
      properties: { id: { type: 'integer', primary: true }, total: { type: 'integer' } },
    });
    await using t = await startOrmApp({ entities: [BillSchema], providers: [Log] });
    const calls: unknown[] = [];
    const receive = ({ schema }: { schema?: string }, { signal }: Message) =>
      calls.push([signal.constructor.name, schema]);
    for (const signal of [PreSave, PostSave, PreDelete, PostDelete])
      t.app.get<PostSave>(signal).connect(receive, { sender: BillSchema });
    await t.orm.em
      .getConnection()
      .execute('create schema blue; create table blue.bill (id serial primary key, total int)');
    const em = t.orm.em.fork({ schema: 'blue' });
    const bill = em.create(Bill, { total: 1 });
    await em.flush();
    bill.total = 2;
    await em.flush();
    em.remove(bill);
    await em.flush();

    const pairs = ['Save', 'Save', 'Delete'].flatMap(kind => [`Pre${kind}`, `Post${kind}`]);
    expect(calls).toEqual(pairs.map(name => [name, 'blue']));
  });
});
