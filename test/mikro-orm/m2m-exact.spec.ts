import type { EntityManager, Options } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type QueryBuilder, type SqlEntityManager } from '@mikro-orm/sqlite';
import { Injectable } from '@nestjs/common';
import { M2mChanged, OnSignal, type PayloadOf } from 'nestjs-signals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';
import { Eater, entities, Pizza, Shop, Topping } from './m2m/entities.js';

@Injectable()
class Log {
  readonly exact: boolean[] = [];

  @OnSignal(M2mChanged)
  record({ exact }: PayloadOf<M2mChanged>) {
    this.exact.push(exact);
  }

  take() {
    return this.exact.splice(0);
  }
}

/** Pizzas of one shop, with a mild and a hot topping, and a living and a dead eater each. */
async function startKitchen(config: Partial<Options>, hasTables = false) {
  const t = await startOrmApp({ entities, providers: [Log], config, hasTables });
  const em = t.fork();
  if (!hasTables) {
    const shop = em.create(Shop, {});
    for (const heat of [0, 5, 0]) em.create(Topping, { name: 'some', heat });
    for (const dead of [false, true, false]) em.create(Eater, { dead });
    for (const name of ['napoli', 'roma']) em.create(Pizza, { name, shop });
    await em.flush();
  }
  for (const [table, column] of Object.entries({ toppings: 'topping', mild: 'topping', eaters: 'eater' })) {
    await em.getConnection().execute(`delete from pizza_${table}`);
    const into = `pizza_${table} (pizza_id, ${column}_id)`;
    await em.getConnection().execute(`insert into ${into} values (1, 1), (1, 2), (2, 1), (2, 2)`);
  }
  return Object.assign(t, { log: t.app.get(Log) });
}

type Load = (em: EntityManager) => Promise<unknown>;

const populate = ['toppings'] as const;
const cold = { heat: 0 };
const where = { toppings: cold };
const pizza = (em: EntityManager, options: object = {}) => em.findOneOrFail(Pizza, 1, options);
const whole = (em: EntityManager) => pizza(em, { populate });

const byStrategy = (['select-in', 'joined', 'balanced'] as const).flatMap(strategy => {
  const hint = { populate, strategy };
  const infer = { ...hint, populateWhere: 'infer' } as const;
  const ways: Record<string, Load> = {
    'populateWhere of findOne': em => pizza(em, { ...hint, populateWhere: where }),
    'populateWhere of find': em => em.find(Pizza, {}, { ...hint, populateWhere: where }),
    'populateWhere of a relation that leads here': em =>
      em.find(Shop, {}, { populate: ['pizzas.toppings'], strategy, populateWhere: { pizzas: where } }),
    populateFilter: em => pizza(em, { ...hint, populateFilter: where }),
    'a filter of the target': em => pizza(em, { ...hint, filters: { cold: true } }),
    'a filter that is always on': em => pizza(em, { ...hint, populate: ['eaters'] }),
    'where of the property': em => pizza(em, { ...hint, populate: ['mild'] }),
    'populateWhere: infer': em => em.find(Pizza, where, infer),
    $infer: em => em.find(Pizza, where, { populate: ['$infer'], strategy }),
    'populateWhere with part of the columns': em => em.find(Pizza, where, { ...infer, fields: ['toppings.heat'] }),
    'populateWhere of findAndCount': em => em.findAndCount(Pizza, {}, { ...hint, populateWhere: where, limit: 2 }),
    'a cached result': async em => {
      const find = (by: EntityManager) => by.find(Pizza, {}, { ...hint, populateWhere: where, cache: 60_000 });
      await find(em.fork());
      await find(em);
    },
    'em.populate()': async em => em.populate(await pizza(em), populate, { strategy, where }),
    'a load after a complete one': async em => {
      await whole(em);
      await em.find(Pizza, {}, { ...hint, populateWhere: where, refresh: true });
    },
    'em.refresh() of what leads here': async em => {
      const shop = await em.findOneOrFail(Shop, 1, { populate: ['pizzas.toppings'] });
      await em.refresh(shop, { populate: ['pizzas.toppings'], strategy, populateWhere: { pizzas: where } });
    },
    'em.refresh()': async em => em.refresh(await whole(em), { ...hint, populateWhere: where }),
  };
  return Object.entries(ways).map(([way, load]) => [`${way}, ${strategy}`, load] as const);
});

const ofCollection: Record<string, Load> = {
  'init()': async em => (await pizza(em)).toppings.init({ where: cold }),
  'init() after a complete load': async em => (await whole(em)).toppings.init({ where: cold }),
  'init() with a filter': async em => (await pizza(em)).toppings.init({ filters: { cold: true } }),
  'init() of the dataloader': async em => (await pizza(em)).toppings.init({ where: cold, dataloader: true }),
  'load()': async em => (await pizza(em)).toppings.load({ where: cold }),
  'loadItems()': async em => (await pizza(em)).toppings.loadItems({ where: cold }),
  'a filter of the EntityManager': em => {
    em.addFilter({ name: 'mine', cond: cold, entity: Topping });
    return whole(em);
  },
  'a query builder': em => query(em).getResultList(),
  'a query builder, after a complete load': async em => {
    await whole(em);
    await query(em).getResultList();
  },
  'the copy of a query builder': em => query(em, qb => qb.clone()).getSingleResult(),
  'em.transactional()': em => em.transactional(inner => query(inner).getResultList()),
};

function query(em: EntityManager, copy = (qb: QueryBuilder<Pizza>) => qb) {
  const qb = copy((em as SqlEntityManager).createQueryBuilder(Pizza));
  return qb.leftJoinAndSelect('toppings', 't', { 't.heat': 0 });
}

/** A way to start an application for each test: on PostgreSQL, all begin with the tables of the first. */
function kitchenOf(name: 'SQLite' | 'PostgreSQL'): () => ReturnType<typeof startKitchen> {
  if (name === 'SQLite') return () => startKitchen(SQLITE);
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await using _first = await startKitchen(config());
  });
  afterAll(() => database.drop());
  const config = () => ({ driver: PostgreSqlDriver, clientUrl: database.url });
  return () => startKitchen(config(), true);
}

/** Adds to whichever collection of the first pizza was loaded. */
async function change(em: EntityManager) {
  const { toppings, mild: unknown, eaters } = await pizza(em);
  const mild = unknown as Pizza['toppings'];
  if (toppings.isInitialized()) toppings.add(em.getReference(Topping, 3));
  if (mild.isInitialized()) mild.add(em.getReference(Topping, 3));
  if (eaters.isInitialized()) eaters.add(em.getReference(Eater, 3));
  await em.flush();
}

describe.each(['SQLite', 'PostgreSQL'] as const)('on %s, a change', name => {
  const open = kitchenOf(name);

  it.each([...byStrategy, ...Object.entries(ofCollection)])('is not exact after %s', async (_way, load) => {
    await using t = await open();
    const em = t.fork();
    await load(em);

    await change(em);

    expect(t.log.take()).toEqual([false, false]);
  });

  it.each<[string, Load]>([
    ['a limit', em => pizza(em, { populate: [{ field: 'toppings', limit: 1 }] })],
    ['matching() that stores', async em => (await pizza(em)).toppings.matching({ where: cold, store: true })],
  ])('is impossible after %s, from both sides', async (_way, load) => {
    await using t = await open();
    const em = t.fork();
    await load(em);
    const [{ toppings }, topping] = [await pizza(em), await em.findOneOrFail(Topping, 1, { populate: ['pizzas'] })];

    expect(() => toppings.add(em.getReference(Topping, 3))).toThrow('readonly');
    expect(() => topping.pizzas.removeAll()).toThrow('readonly');
  });

  it.each<[string, Load]>([
    ...(['select-in', 'joined', 'balanced'] as const).map((strategy): [string, Load] => [
      `a load without one, ${strategy}`,
      em => pizza(em, { populate, strategy }),
    ]),
    ['a condition on the owner', em => em.find(Pizza, { id: 1 }, { populate, populateWhere: 'infer' })],
    ['a condition for others', em => em.find(Pizza, where, { populate })],
    ['part of the columns', em => pizza(em, { populate, fields: ['toppings.heat'] })],
    ['init()', async em => (await pizza(em)).toppings.init()],
    ['init() of the dataloader', async em => (await pizza(em)).toppings.init({ dataloader: true })],
    [
      'init() after a condition',
      async em => ((await pizza(em, { populate, populateWhere: where })) as Pizza).toppings.init(),
    ],
    [
      'a condition for what was loaded already',
      async em => {
        await whole(em);
        await em.find(Pizza, { id: { $gt: 0 } }, { populate, strategy: 'select-in', populateWhere: where });
      },
    ],
  ])('is exact after %s', async (_way, load) => {
    await using t = await open();
    const em = t.fork();
    await load(em);

    await change(em);

    expect(t.log.take()).toEqual([true, true]);
  });

  it('is exact where all is replaced, and for new rows, whatever was selected before', async () => {
    await using t = await open();
    await query(t.fork()).getResultList();
    const em = t.fork();

    (await pizza(em)).toppings.set([em.getReference(Topping, 3)]);
    em.create(Pizza, { name: 'new', toppings: [1] });
    await em.flush();

    expect(new Set(t.log.take())).toEqual(new Set([true]));
  });
});
