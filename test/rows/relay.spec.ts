import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { durable, OnSignal, type PayloadOf } from 'nestjs-signals';
import { RowChanged, type RowChangedPayload } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { Order, OrderSchema, TagSchema } from './entities.js';
import { receiverOn, startRows, startRowsApp } from './rows-app.js';

quiet();
jest.setTimeout(60_000);

const ENTITIES = [OrderSchema, TagSchema];

it('While no process works, changes wait: counts() and health() say so, and all are sent afterwards, in order', async () => {
  await using sending = await startRows(Order, { entities: ENTITIES, options: { work: false } });
  await sending.sql(`insert into "order" (id, status, total) select n, 'new', n from generate_series(1, 1500) n`);
  await sending.sql(`update "order" set status = 'paid' where id <= 100`);
  const [, rows] = await sending.durable.counts();
  expect(rows).toMatchObject({ receiver: 'RowChanged', waiting: 1600, dead: 0 });
  expect(rows!.oldestMs).toBeGreaterThan(0);
  const { durable: health } = await sending.durable.health({ maxOldestMs: 1 });
  expect(health).toMatchObject({ status: 'down', waiting: 1600 });

  await using working = await startRows(Order, { entities: ENTITIES, clientUrl: sending.url });
  const changes = await working.next(1600);
  expect(changes.map(({ key }) => key)).toEqual([...numbers(1500), ...numbers(100)]);
  expect(changes.slice(1500).every(({ operation }) => operation === 'update')).toBe(true);
});

it('A portion of changes is limited by the bytes that are read, however small they are stored', async () => {
  const length = (change: RowChangedPayload) => ({ length: JSON.stringify(change.new).length });
  const terms = { sender: Order, uid: 'lengths', delivery: durable({ payload: length }) };
  await using sending = await startRowsApp({ entities: ENTITIES, options: { work: false } });
  await sending.sql(`alter table "order" alter column status type text`);
  await sending.sql(
    `insert into "order" (id, status, total) select n, repeat('x', 3000000), n from generate_series(1, 5) n`,
  );
  const stored = await sending.sql(
    'select sum(pg_column_size(new))::int < 300000 as "isSmall" from signals.row_change',
  );
  expect(stored).toEqual([{ isSmall: true }]);
  const providers = [receiverOn(terms)];
  await using working = await startRowsApp({
    entities: ENTITIES,
    clientUrl: sending.url,
    options: { work: [] },
    providers,
  });
  await eventually(async () => (await working.sql('select 1 from signals.row_change limit 1')).length === 0);

  // A portion is a transaction.
  const portions = await working.sql(
    `select count(*)::int from signals.job where name like 'lengths%' group by xmin::text order by min(id::text)`,
  );
  expect(portions.map(({ count }) => count)).toEqual([2, 2, 1]);
});

it('A change that cannot be sent is set aside with its error, and holds up no other', async () => {
  const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await using t = await startRows(Order, { entities: ENTITIES });
  await t.sql(
    `insert into signals.row_change (table_schema, table_name, operation, old) values ('public', 'gone', 'delete', '{}')`,
  );
  await t.sql(`insert into "order" (id, status, total) values (1, 'new', 1)`);
  await t.next(1);
  expect((await t.durable.health()).durable).toMatchObject({ dead: 1, waiting: 0 });
  expect(await t.sql('select table_name, error from signals.row_change_failed')).toEqual([
    { table_name: 'gone', error: 'Error: no entity has the table public.gone' },
  ]);
  const line = error.mock.calls.flat().find(text => String(text).includes('was set aside')) as string;
  expect(line).toContain('delete in public.gone');

  await t.sql(`update signals.row_change_failed set table_name = 'order', old = '{"id":7,"status":"x","total":1}'`);
  await t.sql(line.slice(line.indexOf('with failed'), line.indexOf('\n  see:')));
  await t.sql('notify signals_rows');
  expect(await t.next(1)).toMatchObject([{ operation: 'delete', key: 7 }]);
});

it('A receiver whose key fails holds up no other: the change is set aside for it', async () => {
  jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  class Fails {
    @OnSignal(RowChanged, { sender: Order, uid: 'fails', delivery: durable({ key: keyOfNothing }) })
    receive(_change: PayloadOf<RowChanged, Order>) {}
  }
  await using t = await startRows(Order, { entities: ENTITIES, providers: [Fails] });
  await t.sql(`insert into "order" (id, status, total) values (1, 'new', 1)`);
  await t.next(1);
  await eventually(async () => (await t.durable.health()).durable.dead === 1);
  expect(await t.sql('select error from signals.row_change_failed')).toEqual([{ error: 'Error: no key' }]);
});

it('Of two processes that work each change is sent once, in the order of its row', async () => {
  await using one = await startRows(Order, { entities: ENTITIES });
  await using two = await startRows(Order, { entities: ENTITIES, clientUrl: one.url });
  await one.sql(`insert into "order" (id, status, total) values (1, '0', 1), (2, '0', 1)`);
  for (let n = 1; n <= 50; n++) await one.sql(`update "order" set status = '${n}' where id = ${(n % 2) + 1}`);
  await eventually(() => one.received.length + two.received.length >= 52);
  const all = [...one.received, ...two.received].toSorted((a, b) => Number(a.new!['total']) - Number(b.new!['total']));
  expect(all).toHaveLength(52);
  expect(new Set(all.map(({ key, new: row }) => JSON.stringify([key, row]))).size).toBe(52);
});

it('A receiver gets only the changes of the fields that it asks for', async () => {
  const statuses: string[] = [];
  class Statuses {
    @OnSignal(RowChanged, { sender: Order, fields: ['status'], uid: 'statuses', delivery: durable() })
    receive({ operation, changes }: PayloadOf<RowChanged, Order, 'status'>) {
      statuses.push(`${operation} ${changes.status?.to ?? ''}`);
    }
  }
  await using t = await startRowsApp({ entities: ENTITIES, providers: [Statuses] });
  await t.sql(`insert into "order" (id, status, total) values (1, 'new', 1)`);
  await t.sql(`update "order" set total = 2`);
  await t.sql(`update "order" set status = 'paid'`);
  await eventually(() => statuses.length >= 2);
  expect(statuses.toSorted()).toEqual(['insert new', 'update paid']);
});

function keyOfNothing(): string {
  throw new Error('no key');
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
