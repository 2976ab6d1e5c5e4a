import { EntitySchema, ScalarReference } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { PostSave, PreSave, Signal } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

class Asked extends Signal<{ row: object }> {}

const GeoSchema = defineEntity({
  name: 'Geo',
  embeddable: true,
  properties: { lat: p.float(), names: p.json<string[]>().nullable() },
});
class Geo extends GeoSchema.class {}
GeoSchema.setClass(Geo);

const AddressSchema = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: {
    city: p.string(),
    geo: () => p.embedded(Geo).nullable(),
    stops: () => p.embedded(Geo).array().nullable(),
    note: p.text().lazy().nullable(),
  },
});
class Address extends AddressSchema.class {}
AddressSchema.setClass(Address);

const bonn = () => Object.assign(new Address(), { city: 'Bonn' });
const rome = () => ({ city: 'Rom', geo: { lat: 1, names: ['a'] } });
const stop = () => Object.assign(new Geo(), { lat: 3 });
const trip = () => ({ city: 'Rom', stops: [{ lat: 1, names: ['a'] }], note: 'early' });

interface Change<Value> {
  readonly what: string;
  readonly property: object;
  readonly value: () => unknown;
  readonly act: (row: { value: Value }) => unknown;
}

const change = <Value>(
  what: string,
  property: object,
  value: () => unknown,
  act: (row: { value: Value }) => unknown,
): Change<never> => ({ what, property, value, act });

const inline = { kind: 'embedded', entity: () => Address, nullable: true };
const object = { ...inline, object: true };
const array = { ...inline, array: true };
const lazy = { type: 'json', lazy: true, ref: true, nullable: true };

const changes = [
  change<Address>('an inline embeddable', inline, rome, row => (row.value.city = 'Bonn')),
  change<Address>('an embeddable in an inline one', inline, rome, row => (row.value.geo!.lat = 2)),
  change<Address>('JSON in an embeddable', inline, rome, row => row.value.geo!.names!.push('b')),
  change<Address>('a replaced inline embeddable', inline, rome, row => (row.value = bonn())),
  change<Address | null>('an inline embeddable that is gone', inline, rome, row => (row.value = null)),
  change<Address | null>(
    'an inline embeddable where there was none',
    inline,
    () => null,
    row => (row.value = bonn()),
  ),
  change<Address>('an embeddable that is stored as an object', object, rome, row => (row.value.city = 'Bonn')),
  change<Address>('an embeddable in an object', object, rome, row => (row.value.geo!.lat = 2)),
  change<Address>('an item of embeddables in an inline one', inline, trip, row => (row.value.stops![0]!.lat = 2)),
  change<Address>('embeddables in an inline one', inline, trip, row => row.value.stops!.push(stop())),
  change<Address>('a lazy value in an embeddable', inline, trip, row => (row.value.note = 'late')),
  change<Address>('an item of embeddables in an object', object, trip, row => (row.value.stops![0]!.lat = 2)),
  change<Address[]>(
    'an item of embeddables',
    array,
    () => [rome()],
    row => (row.value[0]!.city = 'Bonn'),
  ),
  change<Address[]>(
    'an array of embeddables',
    array,
    () => [rome()],
    row => row.value.push(bonn()),
  ),
  change<{ a: string }>(
    'JSON',
    { type: 'json' },
    () => ({ a: 'b' }),
    row => (row.value.a = 'c'),
  ),
  change<string[]>(
    'an array',
    { type: 'array' },
    () => ['a'],
    row => row.value.push('b'),
  ),
  change<Buffer>(
    'bytes',
    { type: 'blob' },
    () => Buffer.from([1, 2]),
    row => (row.value[0] = 7),
  ),
  change<Date>(
    'a date',
    { type: 'datetime' },
    () => new Date(0),
    row => row.value.setFullYear(1999),
  ),
  change<ScalarReference<string[]>>(
    'a lazy value',
    lazy,
    () => new ScalarReference(['a']),
    row => row.value.unwrap()!.push('b'),
  ),
];

type Moment = 'before the flush' | 'in PreSave' | 'in a receiver of another signal';

async function rowsAfter({ property, value, act }: Change<never>, moment: Moment, isNew: boolean) {
  class Row {
    id!: number;
    name!: string;
    value!: never;
  }
  const schema = new EntitySchema<Row>({
    class: Row,
    properties: { id: { type: 'integer', primary: true }, name: { type: 'string' }, ...{ value: property } },
  });
  await using t = await startOrmApp({
    entities: [GeoSchema, AddressSchema, schema],
    config: SQLITE,
    providers: [Asked],
  });
  const em = t.fork();
  const data = () => ({ name: 'ann', value: value() as never });
  let row = em.create(Row, data());
  if (!isNew) {
    await em.flush();
    em.clear();
    row = await em.findOneOrFail(Row, 1, { populate: ['kind' in property ? 'value.note' : 'value'] as never });
  }
  const fields: string[] = [];
  t.app.get(PostSave).connect(({ updateFields }) => void fields.push(...(updateFields ?? [])));
  t.app.get(PreSave).connect(() => moment === 'in PreSave' && void act(row));
  t.app.get(Asked).connect(({ row }) => void act(row as Row));
  if (moment === 'before the flush') act(row);
  if (moment === 'in PreSave') row.name = 'bob';
  if (moment === 'in a receiver of another signal') await t.app.get(Asked).send(row, { row }, { em });
  else await em.flush();
  return { fields, values: await em.getConnection().execute<object[]>('select * from row') };
}

describe('What a receiver changes in place', () => {
  it.each(changes.flatMap(one => [true, false].map(isNew => [one.what, isNew ? 'new' : 'stored', one] as const)))(
    'before the flush of its row is written by it: %s of a %s row',
    async (_what, kind, one) => {
      const own = await rowsAfter(one, 'before the flush', kind === 'new');
      const { fields, values } = await rowsAfter(one, 'in PreSave', kind === 'new');
      const renamed = own.values.map((row: object) => ({ ...row, name: 'bob' }));
      expect(values).toEqual(renamed);
      expect(fields).toEqual(kind === 'new' ? [] : ['name', ...own.fields]);
    },
  );

  it.each(changes.map(one => [one.what, one] as const))(
    'outside a flush is written when it returns: %s',
    async (_what, one) => {
      expect(await rowsAfter(one, 'in a receiver of another signal', false)).toEqual(
        await rowsAfter(one, 'before the flush', false),
      );
    },
  );
});
