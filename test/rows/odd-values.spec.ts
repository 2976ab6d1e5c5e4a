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
