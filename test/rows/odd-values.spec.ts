import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';
import { quiet } from '../support/quiet.js';
import { startRows } from './rows-app.js';

quiet();

const text = (type: string) => p.string().columnType(type).nullable();
class Odd {
  id!: number;
}
const OddSchema = defineEntity({
  class: Odd,
  properties: {
    id: p.integer().primary(),
    at: p.datetime().nullable(),
    stamp: p.datetime().columnType('timestamp(6)').nullable(),
    day: p.date().nullable(),
    float: p.double().nullable(),
    exact: p.decimal().columnType('numeric').nullable(),
    bigs: p.array().columnType('bigint[]').nullable(),
    numbers: p.array().columnType('int[]').nullable(),
    data: p.json().nullable(),
    fixed: text('char(5)'),
    span: text('interval'),
    point: text('point'),
    range: text('int4range'),
    spans: p.array().columnType('interval[]').nullable(),
    ranges: p.array().columnType('int4range[]').nullable(),
  },
  triggers: rowSignals(),
} as never);

const SpanSchema = defineEntity({
  name: 'Span',
  embeddable: true,
  properties: { lasts: text('interval'), range: text('int4range'), since: p.datetime().nullable() },
});
class Holder {
  id!: number;
}
const HolderSchema = defineEntity({
  class: Holder,
  properties: {
    id: p.integer().primary(),
    inline: () => p.embedded(SpanSchema).nullable(),
    json: () => p.embedded(SpanSchema).object(),
    list: () => p.embedded(SpanSchema).array(),
  },
  triggers: rowSignals(),
} as never);

const VALUES = [
  ['at', 'infinity'],
  ['at', '-infinity'],
  ['at', '0044-03-15 12:00 BC'],
  ['at', '12026-01-01'],
  ['at', '0099-01-01'],
  ['stamp', '2026-02-03 04:05:06.789012'],
  ['stamp', 'infinity'],
  ['day', '0044-03-15 BC'],
  ['float', 'NaN'],
  ['float', '-Infinity'],
  ['float', '-0'],
  ['exact', 'NaN'],
  ['exact', '1e30'],
  ['bigs', '{9007199254740993,null}'],
  ['numbers', '{{1,2},{3,4}}'],
  ['data', 'null'],
  ['data', '12345678901234567890'],
  ['data', '{"__proto__": 1, "constructor": {"": 2}}'],
  ['fixed', 'a'],
  ['span', '1 year 2 days -03:04:05.678'],
  ['point', '(1.5,-2)'],
  ['range', '[1,5)'],
  ['spans', '{1 day 02:00,null}'],
  ['ranges', '{"[1,5)",empty}'],
] as const;

it('Odd values of a row are those that the entity has when it is loaded', async () => {
  await using t = await startRows(Odd, { entities: [OddSchema] });
  for (const [at, [column, value]] of VALUES.entries()) {
    await t.sql(`insert into odd (id, ${column}) values (${at}, '${value}')`);
  }
  const changes = await t.next(VALUES.length);
  const loaded = (await t.fork().find(Odd, {}, { orderBy: { id: 1 } })) as object[];
  const valueIn = (row: object | undefined, at: number) => {
    const [column, value] = VALUES[at]!;
    const found = (row as Record<string, unknown>)[column];
    // Of the class of an interval are the methods of MikroORM; an empty date is not equal to itself.
    const plain = column === 'span' ? { ...(found as object) } : found;
    return [column, value, plain instanceof Date ? plain.getTime() : plain];
  };
  expect(changes.map(({ new: row }, at) => valueIn(row, at))).toEqual(loaded.map(valueIn));
});

it('Intervals, ranges and dates of an embeddable are those of the loaded entity, in columns, in one value and in a list', async () => {
  await using t = await startRows(Holder, { entities: [HolderSchema, SpanSchema] });
  const json = (value: object) => `'${JSON.stringify(value)}'`;
  const span = { lasts: '1 year 2 days -03:04:05.678', range: '[1,5)', since: '2026-02-03T04:05:06.789Z' };
  const none = { lasts: null, range: 'empty', since: null };
  await t.sql(`insert into holder (id, inline_lasts, inline_range, inline_since, json, list)
    values (1, '${span.lasts}', '[1,4]', '${span.since}', ${json(span)}, ${json([span, none])}), (2, null, null, null, '{}', '[]')`);
  const changes = await t.next(2);
  const loaded = (await t.fork().find(Holder, {}, { orderBy: { id: 1 } })) as object[];
  const plain = (row: object) => JSON.parse(JSON.stringify(row)) as object;
  expect(changes.map(({ new: row }) => plain(row!))).toEqual(loaded.map(plain));

  const em = t.fork();
  const held = await em.findOneOrFail(Holder, 1);
  Object.assign(held, { json: none, list: [none], inline: { ...span, lasts: '3 days', since: new Date(span.since) } });
  await em.flush();
  const [updated] = await t.next(1);
  expect(plain(updated!.new!)).toEqual(plain(await t.fork().findOneOrFail(Holder, 1)));
  expect(Object.keys(updated!.changes).toSorted()).toEqual(['inline', 'json', 'list']);
});
