import { inspect } from 'node:util';
import { type EntityManager, raw, type TransformContext, Type } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterCommit, PostDelete, PostSave, PreSave } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { startOrmApp } from '../support/orm.js';

/** Writes what it cannot read: the driver reads an array. */
class Numbers extends Type<number[] | null, string | number[] | null> {
  override convertToDatabaseValue(value: number[] | null): string | null {
    return value && `{${value.join()}}`;
  }

  override convertToJSValue(value: string | number[] | null): number[] | null {
    if (typeof value === 'string') throw new Error(`not an array: ${value}`);
    return value && value.map(Number);
  }

  override getColumnType(): string {
    return 'int[]';
  }
}

/** Cannot do without its context, and counts how often it is asked. */
class Word extends Type<string | null> {
  static readonly calls: string[] = [];

  override convertToDatabaseValue(value: string | null, _platform: unknown, { mode }: TransformContext): string | null {
    Word.calls.push(`to database ${mode}`);
    return value && `word:${value}`;
  }

  override convertToJSValue(value: string | null, _platform: unknown, { mode }: TransformContext): string | null {
    Word.calls.push(`to JavaScript ${mode}`);
    return value && value.replace('word:', '');
  }

  override getColumnType(): string {
    return 'text';
  }
}

const PlaceSchema = defineEntity({
  name: 'Place',
  embeddable: true,
  properties: { city: p.string(), word: p.type(Word).nullable(), numbers: p.type(Numbers).nullable() },
});
const PartSchema = defineEntity({
  name: 'Part',
  embeddable: true,
  properties: { label: p.string(), word: p.type(Word).nullable() },
});
const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    numbers: p.type(Numbers).nullable(),
    word: p.type(Word).nullable(),
    place: () => p.embedded(PlaceSchema).nullable(),
    parts: () => p.embedded(PartSchema).array().nullable(),
  },
});
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const raws = {
  text: "'raw'",
  count: '1 + 1',
  big: '9007199254740993',
  price: '1.50',
  ratio: '0.5',
  flag: 'true',
  at: "'2020-01-02T03:04:05Z'",
  json: `'{"a":1}'`,
  bytes: String.raw`'\x01'`,
  tags: "'{b}'",
};
const properties = {
  id: p.integer().primary(),
  name: p.string(),
  text: p.string().nullable(),
  count: p.integer().nullable(),
  big: p.bigint().nullable(),
  price: p.decimal().precision(10).scale(2).nullable(),
  ratio: p.double().nullable(),
  flag: p.boolean().nullable(),
  at: p.datetime().nullable(),
  json: p.json().nullable(),
  bytes: p.blob().nullable(),
  tags: p.array().nullable(),
};
const RawSchema = defineEntity({ name: 'RawRow', properties });
class RawRow extends RawSchema.class {}
RawSchema.setClass(RawRow);
const CountedSchema = defineEntity({
  name: 'CountedRow',
  properties: { ...properties, version: p.integer().version() },
});
class CountedRow extends CountedSchema.class {}
CountedSchema.setClass(CountedRow);

const entities = [PlaceSchema, PartSchema, ItemSchema, RawSchema, CountedSchema];

/** The changes that are sent, each read when it is received, or after COMMIT. */
async function start(config = {}) {
  const t = await startOrmApp({ entities, config });
  const seen = { before: [] as object[], inline: [] as object[], committed: [] as object[] };
  t.app.get(PostSave).connect(({ changes }) => void seen.inline.push({ ...changes }));
  t.app.get(PostSave).connect(({ changes }) => void seen.committed.push({ ...changes }), { delivery: afterCommit });
  return Object.assign(t, { seen });
}

quiet();

describe('a type whose two directions are not mirror images', () => {
  it('is sent as the instance holds it, and as it was stored if that cannot be read', async () => {
    await using t = await start();
    const em = t.fork();
    const item = em.create(Item, { name: 'a', numbers: [1, 2], place: { city: 'Rome', numbers: [3] } });
    await em.flush();
    item.numbers = [4];
    item.place!.numbers = [5, 6];
    await em.flush();

    const changed = {
      numbers: { from: '{1,2}', to: [4] },
      place: { from: { city: 'Rome', numbers: '{3}' }, to: { city: 'Rome', numbers: [5, 6] } },
    };
    expect(t.seen.inline).toMatchObject([{ numbers: { to: [1, 2] }, place: { to: { numbers: [3] } } }, changed]);
    expect(t.seen.committed).toEqual(t.seen.inline);
    expect(await t.fork().findAll(Item)).toMatchObject([{ numbers: [4], place: { numbers: [5, 6] } }]);
  });

  it('does not hold up a removal', async () => {
    await using t = await start();
    const em = t.fork();
    const item = em.create(Item, { name: 'a', numbers: [1, 2] });
    await em.flush();
    const originals: object[] = [];
    t.app.get(PostDelete).connect(({ original }) => void originals.push({ ...original }));

    await em.remove(item).flush();

    expect(originals).toMatchObject([{ name: 'a', numbers: '{1,2}' }]);
  });

  it('stays as it was when the instance is changed later', async () => {
    await using t = await start();
    const em = t.fork();
    const item = em.create(Item, { name: 'a', numbers: [1], parts: [{ label: 'x', word: 'w' }] });

    await em.transactional(async inner => {
      await inner.flush();
      item.numbers!.push(2);
      item.parts![0]!.label = 'y';
    });

    expect(t.seen.committed[0]).toMatchObject({ numbers: { to: [1] }, parts: { to: [{ label: 'x', word: 'w' }] } });
  });
});

describe('a type', () => {
  it('is given its context', async () => {
    await using t = await start();
    const em = t.fork();
    const item = em.create(Item, { name: 'a', word: 'one' });
    await em.flush();
    item.word = 'two';
    await em.flush();

    expect(t.seen.inline.at(-1)).toEqual({ word: { from: 'one', to: 'two' } });
  });

  it('converts nothing that is not read', async () => {
    await using t = await startOrmApp({ entities });
    const count = async () => {
      const em = t.fork();
      const item = em.create(Item, { name: 'a', word: 'one', place: { city: 'Rome', word: 'x' } });
      await em.flush();
      item.word = 'two';
      item.place!.word = 'y';
      await em.flush();
      await em.remove(item).flush();
      return Word.calls.splice(0);
    };
    await count();
    const bare = await count();
    const seen: unknown[] = [];
    t.app.get(PostSave).connect(({ changes, updateFields }) => void seen.push(changes, updateFields, changes.name));
    t.app.get(PostSave).connect(({ changes }) => void seen.push(changes), { delivery: afterCommit });
    t.app.get(PostDelete).connect(({ original }) => void seen.push(original));

    expect(await count()).toEqual(bare);
    expect(seen).not.toEqual([]);
  });

  it('shows its changes like those of any other, read or not', async () => {
    await using t = await startOrmApp({ entities });
    const texts: string[] = [];
    t.app.get(PostSave).connect(({ changes }) => void texts.push(inspect(changes), JSON.stringify(changes)), {
      sender: Item,
      when: ({ created }) => !created,
    });
    const em = t.fork();
    const item = em.create(Item, { name: 'a', word: 'one' });
    await em.flush();
    item.word = 'two';
    await em.flush();

    expect(texts).toEqual(["{ word: { from: 'one', to: 'two' } }", '{"word":{"from":"one","to":"two"}}']);
  });
});

describe('a raw value', () => {
  const fragments = () => Object.fromEntries(Object.entries(raws).map(([name, sql]) => [name, raw(sql)]));
  const known = {
    text: { to: 'raw' },
    count: { to: 2 },
    big: { to: 9007199254740993n },
    price: { to: '1.50' },
    ratio: { to: 0.5 },
    flag: { to: true },
    at: { to: new Date('2020-01-02T03:04:05Z') },
    json: { to: { a: 1 } },
    tags: { to: ['b'] },
  };
  type RowClass = typeof RawRow | typeof CountedRow;
  const created = (em: EntityManager, type: RowClass) => em.create(type as typeof RawRow, { name: 'a' } as never);

  it.each([RawRow, CountedRow])(
    'of every type is left out of a new %p, which is not read (MikroORM 7.2.1)',
    async type => {
      await using t = await start();
      const em = t.fork();
      Object.assign(created(em, type), fragments());

      await em.flush();

      const unknown = Object.fromEntries(Object.keys(raws).map(name => [name, {}]));
      expect(t.seen.inline).toEqual([expect.objectContaining({ ...unknown, name: { to: 'a' } })]);
      expect(t.seen.committed).toEqual(t.seen.inline);
    },
  );

  it('of every type is sent once it is known', async () => {
    await using t = await start();
    const em = t.fork();
    const row = created(em, RawRow);
    await em.flush();

    Object.assign(row, fragments());
    await em.flush();

    expect(t.seen.inline.at(-1)).toMatchObject(known);
    expect(t.seen.committed.at(-1)).toMatchObject(known);
  });

  it('of every type is left out of a changed row with a version, which is not read again (MikroORM 7.2.1)', async () => {
    await using t = await start();
    const em = t.fork();
    const row = created(em, CountedRow);
    await em.flush();

    Object.assign(row, { ...fragments(), name: 'b' });
    await em.flush();

    const unknown = Object.fromEntries(Object.keys(raws).map(name => [name, { from: null }]));
    const changes = { ...unknown, name: { from: 'a', to: 'b' }, version: { from: 1, to: 2 } };
    expect(t.seen.inline.at(-1)).toEqual(changes);
    expect(t.seen.committed.at(-1)).toEqual(changes);
  });

  it('is left out as long as it is not known', async () => {
    await using t = await start({ driver: SqliteDriver, dbName: ':memory:', clientUrl: undefined });
    const before: object[] = [];
    const kept: object[] = [];
    t.app.get(PreSave).connect(({ changes }) => void before.push({ ...changes }));
    t.app.get(PreSave).connect(({ changes }) => void kept.push({ ...changes }), { delivery: afterCommit });
    const em = t.fork();
    const row = created(em, RawRow);
    Object.assign(row, { count: 1, text: 'b' });
    await em.flush();

    Object.assign(row, { count: raw('count + 1'), text: 'c' });
    await em.flush();

    const text = { from: 'b', to: 'c' };
    expect(before.at(-1)).toEqual({ text, count: { from: 1 } });
    expect(kept.at(-1)).toEqual({ text, count: { from: 1 } });
    expect(t.seen.inline.at(-1)).toEqual({ text, count: { from: 1, to: 2 } });
    expect(t.seen.committed.at(-1)).toEqual({ text, count: { from: 1, to: 2 } });
  });
});
