import { defineEntity, p, Type } from '@mikro-orm/postgresql';
import { durable } from 'nestjs-signals';
import { type RowChangedPayload, rowSignals } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { receiverOn, startRows } from './rows-app.js';

quiet();

class Money {
  constructor(readonly cents: number) {}
}

/** A type whose values are instances of a class. */
class MoneyType extends Type<Money, string> {
  override convertToJSValue(value: string): Money {
    return new Money(Number(value));
  }

  override getColumnType(): string {
    return 'int';
  }
}

/** A type that cannot read any value. */
class BrokenType extends Type<string, string> {
  override convertToJSValue(): string {
    throw new Error('cannot be read');
  }

  override getColumnType(): string {
    return 'text';
  }
}

/** A type that converts in SQL. */
class UpperType extends Type<string, string> {
  override convertToJSValueSQL(key: string): string {
    return `upper(${key})`;
  }

  override getColumnType(): string {
    return 'text';
  }
}

class Note {
  id!: number;
  text?: string | null;
}
const NoteSchema = defineEntity({
  class: Note,
  properties: {
    id: p.integer().primary(),
    price: p.type(MoneyType).nullable(),
    broken: p.type(BrokenType).nullable(),
    upper: p.type(UpperType).nullable(),
    data: p.json().columnType('json').nullable(),
  },
  triggers: rowSignals(),
} as never);

it('A value that no message stores has its change set aside, for receivers that do not choose what is stored', async () => {
  const prices: unknown[] = [];
  const payload = ({ new: row }: RowChangedPayload) => ({ cents: (row as { price: Money }).price?.cents });
  const chooses = receiverOn({ sender: Note, uid: 'prices', delivery: durable({ payload }) }, price =>
    prices.push(price),
  );
  await using t = await startRows(Note, { entities: [NoteSchema], providers: [chooses] });
  await t.sql('insert into note (id, price) values (1, 5), (2, null)');
  expect((await t.next(1)).map(({ key }) => key)).toEqual([2]);
  await eventually(() => prices.length > 1);
  expect(prices).toContainEqual({ cents: 5 });
  const [failed, ...more] = await t.sql('select error from signals.row_change_failed');
  expect(more).toEqual([]);
  expect(String(failed!.error)).toContain('payload.new.price is an instance of Money');
});

it('A value that its type cannot read is sent as the database has it', async () => {
  await using t = await startRows(Note, { entities: [NoteSchema] });
  await t.sql(`insert into note (id, broken) values (1, 'as it is')`);
  expect(await t.next(1)).toMatchObject([{ key: 1, new: { broken: 'as it is' } }]);
});

it('A value that its type converts in SQL is sent as the column has it', async () => {
  await using t = await startRows(Note, { entities: [NoteSchema] });
  await t.sql(`insert into note (id, upper) values (1, 'a')`);
  expect(await t.next(1)).toMatchObject([{ key: 1, new: { upper: 'a' } }]);
  expect(await t.fork().findOne(Note, 1)).toMatchObject({ upper: 'A' });
});

it('JSON is sent with characters that PostgreSQL stores in no text, and as deep as messages may be', async () => {
  await using t = await startRows(Note, { entities: [NoteSchema] });
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  await t.sql(String.raw`insert into note (id, data) values (1, '{"a": "\u0000 \ud800"}')`);
  await t.sql(`insert into note (id, data) values (2, '${deep(2000)}'), (3, '${deep(500)}')`);
  expect((await t.next(2)).map(({ key, new: row }) => [key, JSON.stringify((row as { data: unknown }).data)])).toEqual([
    [1, String.raw`{"a":"\u0000 \ud800"}`],
    [3, deep(500)],
  ]);
  await eventually(async () => (await t.durable.health()).durable.dead === 1);
});

it('What has no key, because a column was renamed or it is no row, is set aside and holds up no other', async () => {
  await using t = await startRows(Note, { entities: [NoteSchema] });
  const rows = ['null', '[1]', '7', '{"number": 1}'].map(json => `('public', 'note', 'insert', '${json}')`);
  await t.sql(`insert into signals.row_change (table_schema, table_name, operation, new) values ${rows.join()}`);
  await t.sql('insert into note (id) values (1)');
  expect(await t.next(1)).toMatchObject([{ key: 1 }]);
  const failed = await t.sql('select new::text as row, error from signals.row_change_failed order by id');
  expect(failed.map(({ row }) => row)).toEqual(['null', '[1]', '7', '{"number": 1}']);
  expect(failed[3]!.error).toBe(`Error: it has no column 'id', which the key of Note needs`);
});
