import { Injectable } from '@nestjs/common';
import { M2mChanged, OnSignal, type PayloadOf, PostSave, PreSave, through } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { entities, Membership, Person, Pizza, Topping, ToppingSchema } from './m2m/entities.js';
import { pizza, ref, sharedKitchen } from './m2m/kitchen.js';

const kitchen = sharedKitchen();

describe('the sender', () => {
  it('is one for both sides of a relation', async () => {
    const t = kitchen();
    const signal = t.app.get(M2mChanged);
    const received: string[] = [];
    using connections = new DisposableStack();
    for (const [name, sender] of [
      ['owner', through(Pizza, 'toppings')],
      ['inverse', through(ToppingSchema, 'pizzas')],
      ['another', through(Person, 'follows')],
    ] as const) {
      connections.use(signal.connect(({ action }) => received.push(`${name} ${action}`), { sender }));
    }
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
    const t = kitchen();
    const em = t.fork();

    (await pizza(em)).toppings.add(ref(em, 3));
    await em.flush();

    for (const { pkSet, objects } of t.log.payloads) {
      expect(Object.isFrozen(pkSet) && Object.isFrozen(objects)).toBe(true);
    }
    expect(t.log.payloads).toHaveLength(2);
  });

  it('is called before the SQL for pre_, where items that it adds join the flush and are sent, too', async () => {
    const t = kitchen();
    using _connection = t.app.get(M2mChanged).connect(
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
    using connections = new DisposableStack();
    for (const signal of [PreSave, PostSave]) {
      const save = ({ instance }: PayloadOf<PostSave>) => saved.push(`${signal.name} ${instance.constructor.name}`);
      connections.use(t.app.get(signal).connect(save));
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
    const t = kitchen();
    const seen: unknown[] = [];
    using _connection = t.app.get(M2mChanged).connect(
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
    const t = kitchen();
    using _connection = t.app.get(M2mChanged).connect(
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
