import { type EntityManager, PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { M2mChanged, OnSignal, type PayloadOf, PostSave, PreSave, through } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const PizzaSchema = defineEntity({
  name: 'Pizza',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    toppings: () => p.manyToMany(Topping).inversedBy('pizzas'),
    sauces: () => p.manyToMany(Sauce),
  },
});
class Pizza extends PizzaSchema.class {}
PizzaSchema.setClass(Pizza);

const ToppingSchema = defineEntity({
  name: 'Topping',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    pizzas: () => p.manyToMany(Pizza).mappedBy('toppings'),
  },
});
class Topping extends ToppingSchema.class {}
ToppingSchema.setClass(Topping);

const SauceSchema = defineEntity({
  name: 'Sauce',
  properties: { kind: p.string().primary(), strength: p.integer().primary() },
});
class Sauce extends SauceSchema.class {
  declare [PrimaryKeyProp]?: ['kind', 'strength'];
}
SauceSchema.setClass(Sauce);

const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    follows: () => p.manyToMany(Person).inversedBy('followers'),
    followers: () => p.manyToMany(Person).mappedBy('follows'),
  },
});
class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

const BandSchema = defineEntity({
  name: 'Band',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    members: () => p.manyToMany(Person).pivotEntity(() => Membership),
  },
});
class Band extends BandSchema.class {}
BandSchema.setClass(Band);

const MembershipSchema = defineEntity({
  name: 'Membership',
  properties: {
    band: () => p.manyToOne(Band).primary(),
    person: () => p.manyToOne(Person).primary(),
    since: p.integer().default(2026),
  },
});
class Membership extends MembershipSchema.class {
  declare [PrimaryKeyProp]?: ['band', 'person'];
}
MembershipSchema.setClass(Membership);

const entities = [PizzaSchema, ToppingSchema, SauceSchema, PersonSchema, BandSchema, MembershipSchema];

@Injectable()
class Log {
  readonly lines: string[] = [];
  readonly payloads: PayloadOf<M2mChanged>[] = [];

  @OnSignal(M2mChanged)
  record(payload: PayloadOf<M2mChanged>) {
    const { instance, action, reverse, pkSet, exact, property } = payload;
    const { name, id } = instance as { name: string; id?: number };
    const of = `${instance.constructor.name}#${id ?? `(${name})`}.${property}`;
    const flags = `${reverse ? ' reverse' : ''}${exact ? '' : ' inexact'}`;
    this.lines.push(`${action} ${of} ${JSON.stringify(pkSet)}${flags}`);
    this.payloads.push(payload);
  }

  /** Takes the lines, so that the next flush starts with none. */
  take() {
    this.payloads.length = 0;
    return this.lines.splice(0);
  }
}

async function startKitchen() {
  const started = await startOrmApp({ entities, providers: [Log] });
  const em = started.fork();
  for (const name of ['ham', 'egg', 'leek']) em.create(Topping, { name });
  for (const name of ['napoli', 'roma']) em.create(Pizza, { name });
  for (const name of ['ann', 'bob', 'cay']) em.create(Person, { name });
  em.create(Sauce, { kind: 'chili', strength: 3 });
  em.create(Band, { name: 'duo' });
  await em.flush();
  await em.getConnection().execute('insert into pizza_toppings (pizza_id, topping_id) values (1, 1), (1, 2)');
  const rows = async (table = 'pizza_toppings') =>
    (await em.getConnection().execute<object[]>(`select * from ${table} order by 1, 2`)).map((row: object) =>
      Object.values(row).slice(0, 2).join('-'),
    );
  return Object.assign(started, { log: started.app.get(Log), rows });
}

const PIZZA = { toppings: { populate: ['toppings'] }, none: {} } as const;

const pizza = (em: EntityManager, id = 1) => em.findOneOrFail(Pizza, id, PIZZA.toppings);
const topping = (em: EntityManager, id = 1) => em.findOneOrFail(Topping, id, { populate: ['pizzas'] });
const ref = (em: EntityManager, id: number) => em.getReference(Topping, id);

describe('a change of a collection', () => {
  it('is sent as a pair, with the items that are really added or removed, removing first', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    (await pizza(em)).toppings.set([ref(em, 2), ref(em, 3)]);
    await em.flush();

    expect(t.log.take()).toEqual([
      'pre_remove Pizza#1.toppings [1]',
      'pre_add Pizza#1.toppings [3]',
      'post_remove Pizza#1.toppings [1]',
      'post_add Pizza#1.toppings [3]',
    ]);
    expect(await t.rows()).toEqual(['1-2', '1-3']);
  });

  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['what is there already', async em => (await pizza(em)).toppings.add(ref(em, 1))],
    ['what is not there', async em => (await pizza(em)).toppings.remove(ref(em, 3))],
    [
      'what is added and removed before the flush',
      async em => {
        const { toppings } = await pizza(em);
        toppings.add(ref(em, 3));
        toppings.remove(ref(em, 3));
      },
    ],
    ['another order', async em => (await pizza(em)).toppings.set([ref(em, 2), ref(em, 1)])],
  ])('is none, and sends nothing: %s', async (_what, change) => {
    await using t = await startKitchen();
    const em = t.fork();

    await change(em);
    await em.flush();

    expect(t.log.take()).toEqual([]);
    expect(await t.rows()).toEqual(['1-1', '1-2']);
  });

  it('is a removal of everything that was loaded, and a clear of what was not', async () => {
    await using t = await startKitchen();
    const em = t.fork();
    (await pizza(em)).toppings.removeAll();
    await em.flush();
    expect(t.log.take()).toEqual(['pre_remove Pizza#1.toppings [1,2]', 'post_remove Pizza#1.toppings [1,2]']);

    await em.getConnection().execute('insert into pizza_toppings (pizza_id, topping_id) values (1, 1), (1, 2)');
    const other = t.fork();
    (await other.findOneOrFail(Pizza, 1)).toppings.removeAll();
    await other.flush();

    expect(t.log.payloads.map(({ objects }) => objects)).toEqual([null, null]);
    expect(t.log.take()).toEqual(['pre_clear Pizza#1.toppings null', 'post_clear Pizza#1.toppings null']);
    expect(await t.rows()).toEqual([]);
  });

  it('is a clear and what comes after it when a collection is set that was not loaded', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    (await em.findOneOrFail(Pizza, 1)).toppings.set([ref(em, 2), ref(em, 3)]);
    await em.flush();

    expect(t.log.take()).toEqual([
      'pre_clear Pizza#1.toppings null',
      'pre_add Pizza#1.toppings [2,3]',
      'post_clear Pizza#1.toppings null',
      'post_add Pizza#1.toppings [2,3]',
    ]);
    expect(await t.rows()).toEqual(['1-2', '1-3']);
  });

  it('is not exact when it is added to a collection that was not loaded', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    (await em.findOneOrFail(Pizza, 1)).toppings.add(ref(em, 2), ref(em, 3));
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#1.toppings [2,3] inexact', 'post_add Pizza#1.toppings [2,3] inexact']);
    expect(await t.rows()).toEqual(['1-1', '1-2', '1-3']);
  });

  it('is sent for new entities on both sides: their keys are known after the SQL', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    const made = em.create(Pizza, { name: 'new' });
    made.toppings.add(em.create(Topping, { name: 'rocket' }), ref(em, 1));
    await em.flush();

    expect(t.log.payloads.map(({ objects }) => objects?.length)).toEqual([2, 2]);
    expect(t.log.take()).toEqual(['pre_add Pizza#(new).toppings [1]', 'post_add Pizza#3.toppings [4,1]']);
  });

  it('is not sent for the rows that go with a deleted entity', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    await em.remove(await pizza(em)).flush();
    await em.remove(await topping(em, 3)).flush();

    expect(t.log.take()).toEqual([]);
  });

  it('is sent once per flush, even in a transaction of several', async () => {
    await using t = await startKitchen();

    await t.fork().transactional(async em => {
      const { toppings } = await pizza(em);
      toppings.remove(ref(em, 1));
      await em.flush();
      expect(t.log.take()).toEqual(['pre_remove Pizza#1.toppings [1]', 'post_remove Pizza#1.toppings [1]']);
      toppings.add(ref(em, 3));
    });

    expect(t.log.take()).toEqual(['pre_add Pizza#1.toppings [3]', 'post_add Pizza#1.toppings [3]']);
  });
});

describe('the side that sends', () => {
  it('is the owner’s when both are loaded', async () => {
    await using t = await startKitchen();
    const em = t.fork();
    const [egg, roma] = [await topping(em, 2), await pizza(em, 2)];

    egg.pizzas.add(roma);
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#2.toppings [2]', 'post_add Pizza#2.toppings [2]']);
  });

  it('is the other one when only that is loaded', async () => {
    await using t = await startKitchen();
    const em = t.fork();
    const ham = await topping(em);

    ham.pizzas.add(em.getReference(Pizza, 2));
    await em.flush();
    expect(t.log.take()).toEqual(['pre_add Topping#1.pizzas [2] reverse', 'post_add Topping#1.pizzas [2] reverse']);

    ham.pizzas.remove(em.getReference(Pizza, 1));
    await em.flush();
    expect(t.log.take()).toEqual([
      'pre_remove Topping#1.pizzas [1] reverse',
      'post_remove Topping#1.pizzas [1] reverse',
    ]);

    const other = t.fork();
    (await other.findOneOrFail(Topping, 1)).pizzas.removeAll();
    await other.flush();
    expect(t.log.take()).toEqual([
      'pre_clear Topping#1.pizzas null reverse',
      'post_clear Topping#1.pizzas null reverse',
    ]);
    expect(await t.rows()).toEqual(['1-2']);
  });

  it('says which class the keys are of', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    (await topping(em)).pizzas.add(em.getReference(Pizza, 2));
    await em.flush();
    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    const told = t.log.payloads.map(({ reverse, model, objects }) => [reverse, model, objects?.[0]?.constructor]);
    expect([told[0], told[2]]).toEqual([
      [true, Pizza, Pizza],
      [false, Topping, Topping],
    ]);
  });
});

describe('a relation of its own kind', () => {
  it('may lead to the entity itself, in a circle of new ones, too', async () => {
    await using t = await startKitchen();
    const em = t.fork();
    const ann = await em.findOneOrFail(Person, 1, { populate: ['follows', 'followers'] });
    ann.follows.add(em.getReference(Person, 2));
    await em.flush();
    expect(t.log.take()).toEqual(['pre_add Person#1.follows [2]', 'post_add Person#1.follows [2]']);

    const [dan, eve] = [em.create(Person, { name: 'dan' }), em.create(Person, { name: 'eve' })];
    dan.follows.add(eve);
    eve.follows.add(dan);
    await em.flush();

    expect(t.log.take().sort()).toEqual([
      'post_add Person#4.follows [5]',
      'post_add Person#5.follows [4]',
      'pre_add Person#(dan).follows []',
      'pre_add Person#(eve).follows []',
    ]);
    expect(await t.rows('person_follows')).toEqual(['1-2', '4-5', '5-4']);
  });

  it('may have composite keys', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    const { sauces } = await em.findOneOrFail(Pizza, 1, { populate: ['sauces'] });
    sauces.add(em.getReference(Sauce, ['chili', 3]));
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#1.sauces [["chili",3]]', 'post_add Pizza#1.sauces [["chili",3]]']);
  });

  it('may have a pivot entity, whose own rows are plain entities', async () => {
    await using t = await startKitchen();
    const saved: unknown[] = [];
    t.app.get(PostSave).connect(({ instance }) => saved.push(instance.constructor.name), { sender: Membership });
    const em = t.fork();

    const band = await em.findOneOrFail(Band, 1, { populate: ['members'] });
    band.members.add(em.getReference(Person, 1));
    await em.flush();
    expect(t.log.take()).toEqual(['pre_add Band#1.members [1]', 'post_add Band#1.members [1]']);
    expect(saved).toEqual([]);

    const other = t.fork();
    other.create(Membership, { band: other.getReference(Band, 1), person: other.getReference(Person, 2), since: 1999 });
    await other.flush();
    expect(t.log.take()).toEqual([]);
    expect(saved).toEqual(['Membership']);
  });
});

describe('the sender', () => {
  it('is one for both sides of a relation', async () => {
    await using t = await startKitchen();
    const signal = t.app.get(M2mChanged);
    const received: string[] = [];
    signal.connect(({ action }) => received.push(`owner ${action}`), { sender: through(Pizza, 'toppings') });
    signal.connect(({ action }) => received.push(`inverse ${action}`), { sender: through(ToppingSchema, 'pizzas') });
    signal.connect(({ action }) => received.push(`another ${action}`), { sender: through(Person, 'follows') });
    expect(signal.hasReceivers(through(Topping, 'pizzas'))).toBe(true);
    const em = t.fork();

    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    expect(received).toEqual(['owner pre_add', 'inverse pre_add', 'owner post_add', 'inverse post_add']);
  });

  it('is the same for those who name it in @OnSignal, and can be disconnected', async () => {
    const received: string[] = [];
    const receiver = ({ action }: PayloadOf<M2mChanged>) => void received.push(action);
    @Injectable()
    class Cook {
      @OnSignal(M2mChanged, { sender: [through(Pizza, 'toppings'), through(Person, 'follows')] })
      cook({ action }: PayloadOf<M2mChanged>) {
        received.push(`cook ${action}`);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Cook] });
    const signal = t.app.get(M2mChanged);
    signal.connect(receiver, { sender: through(Pizza, 'toppings') });
    expect(signal.disconnect(receiver, { sender: through(Topping, 'pizzas') })).toBe(true);
    const em = t.fork();

    em.create(Pizza, { name: 'x' }).toppings.add(em.create(Topping, { name: 'y' }));
    await em.flush();

    expect(received).toEqual(['cook pre_add', 'cook post_add']);
  });

  it.each([
    ['an entity', Pizza, 'SENDER_NOT_AN_ENTITY', /through\(Entity, 'property'\)/],
    [
      'another kind of relation',
      through(Membership, 'band' as never),
      'UNKNOWN_FIELD',
      /Membership has no many-to-many relation/,
    ],
    ['a property that is not there', through(Pizza, 'topings' as never), 'UNKNOWN_FIELD', /toppings, sauces/],
    ['a class that is no entity', through(class Foo {} as never, 'x' as never), 'SENDER_NOT_AN_ENTITY', /Foo/],
  ])('is refused at start when it is %s', async (_what, sender, code, text) => {
    class Cook {
      @OnSignal(M2mChanged, { sender: sender as ReturnType<typeof through> })
      cook() {}
    }

    const starting = startOrmApp({ entities, providers: [Cook] });

    await expect(starting).rejects.toMatchObject({ code });
    await expect(starting).rejects.toThrow(text);
    await expect(starting).rejects.toThrow(/Cook\.cook/);
  });
});

describe('a receiver', () => {
  it('gets frozen keys', async () => {
    await using t = await startKitchen();
    const em = t.fork();

    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    for (const { pkSet, objects } of t.log.payloads) {
      expect(Object.isFrozen(pkSet) && Object.isFrozen(objects)).toBe(true);
    }
    expect(t.log.payloads).toHaveLength(2);
  });

  it('is called before the SQL for pre_, where items that it adds join the flush and are sent, too', async () => {
    await using t = await startKitchen();
    t.app.get(M2mChanged).connect(
      async ({ action, instance, pkSet }, { em }) => {
        if (action !== 'pre_add' || !pkSet?.includes(3)) return;
        expect(await t.rows()).toEqual(['1-1', '1-2']);
        const changed = instance as Pizza;
        changed.name = 'with leek';
        changed.toppings.add(em!.create(Topping, { name: 'salt' }, { persist: false }));
        changed.toppings.remove(em!.getReference(Topping, 1));
      },
      { sender: through(Pizza, 'toppings') },
    );
    const saved: string[] = [];
    for (const signal of [PreSave, PostSave]) {
      t.app.get(signal).connect(({ instance }) => saved.push(`${signal.name} ${instance.constructor.name}`));
    }
    const em = t.fork();

    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    expect(t.log.take()).toEqual([
      'pre_add Pizza#1.toppings [3]',
      'pre_remove Pizza#1.toppings [1]',
      'pre_add Pizza#1.toppings []',
      'post_remove Pizza#1.toppings [1]',
      'post_add Pizza#1.toppings [3,4]',
    ]);
    expect(saved.sort()).toEqual(['PostSave Pizza', 'PostSave Topping', 'PreSave Pizza', 'PreSave Topping']);
    expect(await t.rows()).toEqual(['1-2', '1-3', '1-4']);
    expect(await t.fork().findOneOrFail(Pizza, 1)).toMatchObject({ name: 'with leek' });
  });

  it('is called after the SQL for post_, in the transaction, which its error rolls back', async () => {
    await using t = await startKitchen();
    const seen: unknown[] = [];
    t.app.get(M2mChanged).connect(
      async ({ action }, { em }) => {
        if (action !== 'post_add') return;
        const sql = 'select topping_id from pizza_toppings where pizza_id = 1 order by 1';
        seen.push(await em!.getConnection().execute(sql, [], 'all', em!.getTransactionContext()));
        throw new Error('no leek');
      },
      { sender: through(Pizza, 'toppings') },
    );
    const em = t.fork();

    (await pizza(em)).toppings.add(ref(em, 3));

    await expect(em.flush()).rejects.toThrow('no leek');
    expect(seen).toEqual([[{ topping_id: 1 }, { topping_id: 2 }, { topping_id: 3 }]]);
    expect(await t.rows()).toEqual(['1-1', '1-2']);
  });

  it('may refuse one object of several', async () => {
    await using t = await startKitchen();
    t.app.get(M2mChanged).connect(
      ({ action, instance, objects }) => {
        for (const each of action === 'pre_add' ? (objects ?? []) : []) {
          if ((each as Topping).id === 3) (instance as Pizza).toppings.remove(each as Topping);
        }
      },
      { sender: through(Pizza, 'toppings') },
    );
    const em = t.fork();

    (await pizza(em, 2)).toppings.add(ref(em, 1), ref(em, 3));
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#2.toppings [1,3]', 'post_add Pizza#2.toppings [1]']);
    expect(await t.rows()).toEqual(['1-1', '1-2', '2-1']);
  });
});
