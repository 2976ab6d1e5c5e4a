import type { EntityManager } from '@mikro-orm/core';
import { PostSave } from 'nestjs-signals';
import { Band, Membership, Person, Pizza, Sauce, Topping } from './m2m/entities.js';
import { pizza, ref, sharedKitchen, topping } from './m2m/kitchen.js';

const kitchen = sharedKitchen();

describe('a change of a collection', () => {
  it('is sent as a pair, with the items that are really added or removed, removing first', async () => {
    const t = kitchen();
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
    const t = kitchen();
    const em = t.fork();

    await change(em);
    await em.flush();

    expect(t.log.take()).toEqual([]);
    expect(await t.rows()).toEqual(['1-1', '1-2']);
  });

  it('is a removal of everything that was loaded, and a clear of what was not', async () => {
    const t = kitchen();
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

  it('is a clear alone when one side removes what the other one clears', async () => {
    const t = kitchen();
    const em = t.fork();
    const { toppings } = await pizza(em);

    toppings.remove(ref(em, 1));
    ref(em, 1).pizzas.removeAll();
    await em.flush();

    expect(t.log.take()).toEqual([
      'pre_clear Topping#1.pizzas null reverse',
      'post_clear Topping#1.pizzas null reverse',
    ]);
    expect(await t.rows()).toEqual(['1-2']);
  });

  it('is a clear and what comes after it when a collection is set that was not loaded', async () => {
    const t = kitchen();
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
    const t = kitchen();
    const em = t.fork();

    (await em.findOneOrFail(Pizza, 1)).toppings.add(ref(em, 2), ref(em, 3));
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#1.toppings [2,3] inexact', 'post_add Pizza#1.toppings [2,3] inexact']);
    expect(await t.rows()).toEqual(['1-1', '1-2', '1-3']);
  });

  it('is sent for new entities on both sides: their keys are known after the SQL', async () => {
    const t = kitchen();
    const em = t.fork();

    const made = em.create(Pizza, { name: 'new' });
    made.toppings.add(em.create(Topping, { name: 'rocket' }), ref(em, 1));
    await em.flush();

    expect(t.log.payloads.map(({ objects }) => objects?.length)).toEqual([2, 2]);
    expect(t.log.take()).toEqual(['pre_add Pizza#(new).toppings [1]', 'post_add Pizza#3.toppings [4,1]']);
  });

  it('is not sent for the rows that go with a deleted entity', async () => {
    const t = kitchen();
    const em = t.fork();

    await em.remove(await pizza(em)).flush();
    await em.remove(await topping(em, 3)).flush();

    expect(t.log.take()).toEqual([]);
  });

  it('is sent once per flush, even in a transaction of several', async () => {
    const t = kitchen();

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
    const t = kitchen();
    const em = t.fork();
    const [egg, roma] = [await topping(em, 2), await pizza(em, 2)];

    egg.pizzas.add(roma);
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#2.toppings [2]', 'post_add Pizza#2.toppings [2]']);
  });

  it('is the other one when only that is loaded', async () => {
    const t = kitchen();
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
    const t = kitchen();
    const em = t.fork();

    (await topping(em)).pizzas.add(em.getReference(Pizza, 2));
    await em.flush();
    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    const parts = t.log.payloads.map(({ reverse, model, objects }) => [reverse, model, objects?.[0]?.constructor]);
    expect([parts[0], parts[2]]).toEqual([
      [true, Pizza, Pizza],
      [false, Topping, Topping],
    ]);
  });
});

describe('a relation of its own kind', () => {
  it('may lead to the entity itself, in a circle of new ones, too', async () => {
    const t = kitchen();
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
    const t = kitchen();
    const em = t.fork();

    const { sauces } = await em.findOneOrFail(Pizza, 1, { populate: ['sauces'] });
    sauces.add(em.getReference(Sauce, ['chili', 3]));
    await em.flush();

    expect(t.log.take()).toEqual(['pre_add Pizza#1.sauces [["chili",3]]', 'post_add Pizza#1.sauces [["chili",3]]']);
  });

  it('may have a pivot entity, whose own rows are plain entities', async () => {
    const t = kitchen();
    const saved: unknown[] = [];
    using _connection = t.app
      .get(PostSave)
      .connect(({ instance }) => saved.push(instance.constructor.name), { sender: Membership });
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
