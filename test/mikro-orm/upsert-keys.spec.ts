import { type EntityManager, PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { PostUpsert } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { Code } from '../support/code-type.js';

const SettingSchema = defineEntity({
  name: 'Setting',
  properties: { name: p.string().primary(), value: p.string().nullable() },
});
class Setting extends SettingSchema.class {}
SettingSchema.setClass(Setting);

const PlaceSchema = defineEntity({
  name: 'Place',
  embeddable: true,
  properties: { city: p.string(), street: p.string() },
});

const ShopSchema = defineEntity({
  name: 'Shop',
  properties: {
    country: p.string().primary(),
    number: p.integer().primary(),
    code: p.type(Code).unique().nullable(),
    place: () => p.embedded(PlaceSchema).nullable(),
    name: p.string().nullable(),
    slug: p.string().unique().nullable(),
  },
  uniques: [{ properties: ['place_city', 'place_street'] as never }],
});
class Shop extends ShopSchema.class {
  declare [PrimaryKeyProp]?: ['country', 'number'];
}
ShopSchema.setClass(Shop);

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: {
    shop: () => p.manyToOne(Shop).primary(),
    place: p.integer().primary(),
    label: p.string().nullable(),
  },
});
class Shelf extends ShelfSchema.class {
  declare [PrimaryKeyProp]?: ['shop', 'place'];
}
ShelfSchema.setClass(Shelf);

const StockSchema = defineEntity({
  name: 'Stock',
  properties: {
    id: p.integer().primary(),
    shelf: () => p.manyToOne(Shelf).ref(),
    article: p.string(),
    count: p.integer().default(0),
    draft: p.boolean().default(false),
  },
  uniques: [{ properties: ['shelf', 'article'] }],
});
class Stock extends StockSchema.class {}
StockSchema.setClass(Stock);

const entities = [SettingSchema, PlaceSchema, ShopSchema, ShelfSchema, StockSchema];

async function start(config = {}) {
  const t = await startOrmApp({ entities, config });
  const created: unknown[] = [];
  t.app.get(PostUpsert).connect(payload => created.push(payload.created));
  return Object.assign(t, { created });
}

/** A shop with two shelves. */
async function furnish(em: EntityManager): Promise<void> {
  const shop = em.create(Shop, { country: 'DE', number: 1 });
  for (const place of [1, 2]) em.create(Shelf, { shop, place });
  await em.flush();
}

const HOSTILE = [
  'theme',
  'true',
  'true); drop table victim; --',
  "'; drop table victim; --",
  '1 = 1',
  '?',
  '??',
  ':name',
  '[::alias::].name',
  '$or',
  '{"$ne":null}',
  'null',
  '\\',
  '',
];

describe('a key that looks like SQL', () => {
  let t: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    t = await start();
    await t.fork().getConnection().execute('create table victim (id int)');
  });
  beforeEach(() => t.created.splice(0));
  afterAll(() => t[Symbol.asyncDispose]());
  const victims = () => t.fork().getConnection().execute('select * from victim');

  it.each(HOSTILE)('is a value when an upsert is received: %j', async name => {
    await t.fork().upsert(Setting, { name, value: 'a' });
    await t.fork().upsert(Setting, { name, value: 'b' });
    await t.fork().upsert(Setting, { name }, { onConflictAction: 'ignore' });

    expect(t.created).toEqual([true, false, false]);
    expect(await victims()).toEqual([]);
    expect(await t.fork().find(Setting, { name })).toMatchObject([{ value: 'b' }]);
  });

  it.each(HOSTILE)('is a value as a part of a composite key, and behind a foreign key: %j', async country => {
    for (const name of ['a', 'b']) await t.fork().upsert(Shop, { country, number: 1, name });
    await t.fork().upsert(Shop, { country, number: 2 });
    const shop = t.fork().getReference(Shop, [country, 1]);
    for (const label of ['a', 'b']) await t.fork().upsert(Shelf, { shop, place: 1, label });

    expect(t.created).toEqual([true, false, true, true, false]);
    expect(await victims()).toEqual([]);
  });

  it('is no condition when it is an object', async () => {
    const count = await t.fork().count(Setting);

    await expect(t.fork().upsert(Setting, { name: { $ne: null } as never })).rejects.toThrow('$ne');

    expect(t.created).toEqual([]);
    expect(await t.fork().count(Setting)).toBe(count);
  });
});

/** An entity whose properties have the names of values that the library asks the server for. */
const FindingSchema = defineEntity({
  name: 'Finding',
  properties: { id: p.integer().primary(), created: p.datetime(), found: p.datetime().nullable() },
});
class Finding extends FindingSchema.class {}
FindingSchema.setClass(Finding);

describe('`created` of an upsert', () => {
  const shelfOf = (em: EntityManager, place: number) => em.getReference(Shelf, [['DE', 1], place] as never) as never;

  it.each<[string, (em: EntityManager, place: number) => never]>([
    ['a reference', shelfOf],
    ['a key', (_em, place) => ['DE', 1, place] as never],
  ])('is known where a unique constraint has a foreign key in it: %s', async (_what, shelf) => {
    await using t = await start();
    await furnish(t.fork());
    const row = (em: EntityManager, place: number) => ({ shelf: shelf(em, place), article: 'nail', count: 3 });
    const conflict = { onConflictFields: ['shelf', 'article'] as never };

    for (const place of [1, 1, 2]) {
      const em = t.fork();
      await em.upsert(Stock, row(em, place), conflict);
    }

    expect(t.created).toEqual([true, false, true]);
  });

  it('is known for each of many', async () => {
    await using t = await start();
    await furnish(t.fork());

    await t.fork().upsertMany(
      Shelf,
      [2, 3, 1].map(place => ({ shop: ['DE', 1] as never, place })),
    );

    expect(t.created).toEqual([false, true, false]);
  });

  it('is known for an entity with properties of that name', async () => {
    await using t = await start({ entities: [FindingSchema] });
    const day = new Date('2026-01-02T03:04:05Z');

    for (const found of [day, null]) await t.fork().upsert(Finding, { id: 1, created: day, found });

    expect(t.created).toEqual([true, false]);
    expect(await t.fork().findOne(Finding, 1)).toEqual({ id: 1, created: day, found: null });
  });

  it('is known for an entity with such a key', async () => {
    await using t = await start();
    await furnish(t.fork());

    for (const place of [1, 3]) {
      const em = t.fork();
      const shop = em.getReference(Shop, ['DE', 1]);
      await em.upsert(em.create(Shelf, { shop, place }, { persist: false }));
    }

    expect(t.created).toEqual([false, true]);
  });

  it('is known by a value of a custom type, and by parts of an embeddable', async () => {
    await using t = await start();
    const place = { city: "O'Brien", street: '1' };
    const shop = { country: 'DE', number: 1, code: 'x', place };
    await t.fork().insert(Shop, shop);

    await t.fork().upsert(Shop, shop, { onConflictAction: 'ignore' });
    await t.fork().upsert(Shop, { country: 'DE', number: 2, code: 'y', place: { ...place, street: '2' } });

    expect(t.created).toEqual([false, true]);
  });

  it('is that of the last upsert, whatever became of one before it', async () => {
    await using t = await start();
    const em = t.fork();
    const shop = { country: 'DE', number: 1, slug: 'one' };

    await expect(em.upsert(Shop, { ...shop, name: 'zero \0' })).rejects.toThrow('invalid');
    await t.fork().upsert(Shop, shop);
    await em.upsert(Shop, shop, { onConflictFields: ['slug'], onConflictAction: 'ignore' });

    expect(t.created).toEqual([true, false]);
  });
});

describe('the schema', () => {
  it('of the configuration is that of an upsert, whatever it is called', async () => {
    await using t = await start({ schema: 'my "shop"; drop table x' });

    for (const value of ['a', 'b']) await t.fork().upsert(Setting, { name: 'theme', value });

    expect(t.created).toEqual([true, false]);
  });

  it('of the EntityManager comes before that of the configuration', async () => {
    await using t = await start({ schema: 'one' });
    await t
      .fork()
      .getConnection()
      .execute('create schema other; create table other.setting (like one.setting including all)');

    for (const schema of ['one', 'other', 'other']) await t.orm.em.fork({ schema }).upsert(Setting, { name: 'theme' });

    expect(t.created).toEqual([true, true, false]);
  });

  it.each([
    ['one', (em: EntityManager) => em.upsert(Setting, { name: 'theme' }, { schema: 'other' })],
    ['many', (em: EntityManager) => em.upsertMany(Setting, [{ name: 'theme' }], { schema: 'other' })],
    [
      'an entity',
      (em: EntityManager) =>
        em.upsert(em.create(Setting, { name: 'theme' }, { persist: false }), undefined, { schema: 'other' }),
    ],
  ])('of the options comes before both, in a transaction, too: %s', async (_what, upsert) => {
    await using t = await start();
    const sql = 'create schema other; alter table setting set schema other';
    await t.fork().getConnection().execute(sql);

    await upsert(t.fork());
    await t.fork().transactional(async em => void (await upsert(em)));

    expect(t.created).toEqual([true, false]);
  });
});

it('An upsert asks in the transaction that it is given, and needs no other connection', async () => {
  await using t = await start({ pool: { max: 1 } });
  const em = t.fork();
  await em.begin();
  const ctx = em.getTransactionContext();

  for (const value of ['a', 'b']) await t.fork().upsert(Setting, { name: 'theme', value }, { ctx });

  expect(t.created).toEqual([true, false]);
  await em.rollback();
});
