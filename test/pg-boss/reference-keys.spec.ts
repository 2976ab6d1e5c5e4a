import { jest } from '@jest/globals';
import { type EntityManager, PrimaryKeyProp, ref, wrap } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import {
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  PostDelete,
  PostSave,
  PostUpsert,
  PreSave,
} from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';
import { Code } from '../support/code-type.js';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: { id: p.integer().primary(), iso: p.string().unique() },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: { shop: p.string().primary(), place: p.integer().primary() },
});
class Shelf extends ShelfSchema.class {
  declare [PrimaryKeyProp]?: ['shop', 'place'];
}
ShelfSchema.setClass(Shelf);

const BadgeSchema = defineEntity({ name: 'Badge', properties: { code: p.type(Code).primary() } });
class Badge extends BadgeSchema.class {}
BadgeSchema.setClass(Badge);

const CitySchema = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    homeId: () => p.manyToOne(Country).mapToPk().nullable(),
    shelf: () => p.manyToOne(Shelf).mapToPk().nullable(),
    badge: () => p.oneToOne(Badge).mapToPk().owner().nullable(),
    code: () => p.manyToOne(Badge).mapToPk().nullable(),
  },
});
class City extends CitySchema.class {}
CitySchema.setClass(City);

const TownSchema = defineEntity({
  name: 'Town',
  properties: {
    id: p.integer().primary(),
    country: () => p.manyToOne(Country).targetKey('iso').nullable(),
    twin: () => p.manyToOne(Country).targetKey('iso').ref().nullable(),
  },
});
class Town extends TownSchema.class {}
TownSchema.setClass(Town);

const StopSchema = defineEntity({
  name: 'Stop',
  properties: {
    city: () => p.manyToOne(City).mapToPk().primary(),
    code: () => p.manyToOne(Badge).mapToPk().primary(),
    name: p.string().nullable(),
  },
});
class Stop extends StopSchema.class {
  declare [PrimaryKeyProp]?: ['city', 'code'];
}
StopSchema.setClass(Stop);

const entities = [CountrySchema, ShelfSchema, BadgeSchema, CitySchema, TownSchema, StopSchema];

@Injectable()
class Log {
  readonly lines: unknown[] = [];
  readonly durable: unknown[] = [];

  @OnSignal([PreSave, PostSave], { sender: [City, Stop, Town] as never, uid: 'inline' })
  save({ updateFields, changes }: PayloadOf<PostSave>) {
    this.lines.push([updateFields, changes]);
  }

  @OnSignal(PostSave, { sender: [City, Stop] as never, uid: 'saved', delivery: durable({ retryLimit: 0 }) })
  saved({ instance, changes }: PayloadOf<PostSave>, { missing }: Message) {
    this.durable.push([missing, wrap(instance).toPOJO(), changes]);
  }

  @OnSignal(PostDelete, { sender: [City, Stop] as never, uid: 'deleted', delivery: durable({ retryLimit: 0 }) })
  deleted({ instance, original }: PayloadOf<PostDelete>) {
    this.durable.push([wrap(instance).toPOJO(), original]);
  }

  @OnSignal(PostUpsert, { sender: Stop })
  upserted({ created }: PayloadOf<PostUpsert>) {
    this.lines.push(created);
  }
}

let t: DurableApp;
let log: Log;
let em: EntityManager;
quiet();
jest.setTimeout(60_000);
beforeAll(async () => {
  t = await startDurable({ entities, providers: [Log] });
  log = t.app.get(Log);
  const seed = t.fork();
  for (const iso of ['DE', 'FR']) seed.create(Country, { iso });
  for (const [shop, place] of [['a', 1] as const, ['b', 2] as const]) seed.create(Shelf, { shop, place });
  for (const code of ['x', 'y']) seed.create(Badge, { code });
  await seed.flush();
});
beforeEach(async () => {
  em = t.fork();
  await em.nativeDelete(Stop, {});
  await em.nativeDelete(City, {});
  await em.getConnection().execute('alter sequence city_id_seq restart');
  log.lines.splice(0);
  log.durable.splice(0);
});
afterAll(() => t[Symbol.asyncDispose]());

const ONE = { homeId: 1, shelf: ['a', 1], badge: 'x', code: 'y' };
const OTHER = { homeId: 2, shelf: ['b', 2], badge: 'y', code: 'x' };
const NONE = { homeId: null, shelf: null, badge: null, code: null };

async function makeCity() {
  em.create(City, ONE as never);
  await em.flush();
  await t.settled();
  em.clear();
}

const city = () => em.findOneOrFail(City, 1);

/** The lines that an inline receiver has written, and those that a durable one has. */
async function take() {
  await t.settled();
  expect(await t.durable.dead()).toEqual([]);
  return { lines: log.lines.splice(0), durable: log.durable.splice(0) };
}

const to = (values: object) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { to: value }]));
const fromTo = (from: Record<string, unknown>, values: object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { from: from[name], to: value }]));

describe('a relation that is mapped to its key', () => {
  it('is shown by it, and stored with a durable message', async () => {
    await makeCity();

    const { lines, durable: stored } = await take();
    expect(lines).toEqual([
      [null, to(ONE)],
      [null, to({ ...ONE, id: 1 })],
    ]);
    expect(stored).toEqual([[false, { ...ONE, id: 1 }, to({ ...ONE, id: 1 })]]);
  });

  it('is old and new when it changes', async () => {
    await makeCity();
    await take();

    Object.assign(await city(), OTHER);
    await em.flush();

    const changes = fromTo(ONE, OTHER);
    const { lines, durable: stored } = await take();
    expect(lines).toEqual([
      [Object.keys(changes), changes],
      [Object.keys(changes), changes],
    ]);
    expect(stored).toEqual([[false, { ...OTHER, id: 1 }, changes]]);
  });

  it('may become null, and is known in the row that was deleted', async () => {
    await makeCity();
    await take();
    const found = await city();
    Object.assign(found, NONE);
    await em.flush();
    expect((await take()).lines.at(-1)).toEqual([Object.keys(NONE), fromTo(ONE, NONE)]);

    Object.assign(found, OTHER);
    await em.flush();
    await take();
    await em.remove(found).flush();

    expect((await take()).durable).toEqual([
      [
        { ...OTHER, id: 1 },
        { ...OTHER, id: 1 },
      ],
    ]);
  });

  it('may be set by a receiver before the SQL', async () => {
    using _setter = t.app.get(PreSave).connect(({ instance }) => void Object.assign(instance, OTHER), { sender: City });

    em.create(City, ONE as never);
    await em.flush();

    expect((await take()).lines.at(-1)).toEqual([null, to({ ...OTHER, id: 1 })]);
    expect(await t.fork().findOneOrFail(City, 1)).toMatchObject(OTHER);
  });
});

describe('a relation by another key than the primary one', () => {
  it('is shown by the value in its column, with new rows and others, old and new', async () => {
    const [country, other] = [em.create(Country, { iso: 'IT' }), await em.findOneOrFail(Country, { iso: 'FR' })];
    const town = em.create(Town, { country, twin: ref(country) } as never);
    await em.flush();
    Object.assign(town, { country: other, twin: ref(other) });
    await em.flush();
    Object.assign(town, { country: null });
    await em.flush();

    const changes = fromTo({ country: 'IT', twin: 'IT' }, { country: 'FR', twin: 'FR' });
    const toNull = fromTo({ country: 'FR' }, { country: null });
    expect((await take()).lines).toEqual([
      [null, to({ country: 'IT', twin: 'IT' })],
      [null, to({ country: 'IT', twin: 'IT', id: 1 })],
      ...[changes, changes, toNull, toNull].map(each => [Object.keys(each), each]),
    ]);
  });

  it('may lead to a new row that a receiver has made', async () => {
    using _maker = t.app.get(PreSave).connect(
      ({ instance }, { em: own }) => {
        instance.country = own!.create(Country, { iso: 'AT' });
      },
      { sender: Town },
    );

    const town = em.create(Town, {});
    await em.flush();

    expect((await take()).lines.at(-1)).toEqual([null, to({ country: 'AT', id: town.id })]);
    const [row] = await em.getConnection().execute('select country_id from town where id = ?', [town.id]);
    expect(row).toEqual({ country_id: 'AT' });
  });
});

describe('a key that is a relation mapped to its key', () => {
  it('is the key of the row, with a type of its own, in memory and in a durable message', async () => {
    await makeCity();
    await take();
    const stop = em.create(Stop, { city: 1, code: 'x', name: 'a' });
    await em.flush();
    const created = to({ city: 1, code: 'x', name: 'a' });
    expect((await take()).durable).toEqual([[false, { city: 1, code: 'x', name: 'a' }, created]]);

    stop.name = 'b';
    await em.flush();
    expect((await take()).durable).toEqual([
      [false, { city: 1, code: 'x', name: 'b' }, { name: { from: 'a', to: 'b' } }],
    ]);

    await em.remove(stop).flush();
    const row = { city: 1, code: 'x', name: 'b' };
    expect((await take()).durable).toEqual([[row, row]]);
  });

  it('says whether an upsert made the row', async () => {
    await makeCity();
    await take();

    await em.upsert(Stop, { city: 1, code: 'x', name: 'a' });
    await em.upsert(Stop, { city: 1, code: 'x', name: 'b' });
    await em.upsertMany(Stop, [
      { city: 1, code: 'x', name: 'c' },
      { city: 1, code: 'y', name: 'c' },
    ] as never);

    expect((await take()).lines).toEqual([true, false, false, true]);
  });
});
