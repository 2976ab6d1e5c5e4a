import { jest } from '@jest/globals';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { durable } from 'nestjs-signals';
import { rowSignals, rowTriggers } from 'nestjs-signals/rows';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { Counter, CounterSchema } from './counters.js';
import { receiverOn, startRows, startRowsApp } from './rows-app.js';

quiet();
jest.setTimeout(180_000);

class Page {
  id!: number;
  text!: string;
}
const PageSchema = defineEntity({
  class: Page,
  properties: { id: p.integer().primary(), text: p.text() },
  triggers: rowSignals(),
});

const MEGABYTE = 1024 * 1024;
const TERMS = { sender: Counter, uid: 'counters', delivery: durable() };
const ENTITIES = [CounterSchema];

/**
 * Lets this many changes wait, and has them sent while an old transaction keeps each row that was deleted.
 *
 * @returns how many blocks of their table were visited for it: the time depends on what else the machine does.
 */
async function catchUp(count: number): Promise<number> {
  await using sending = await startRowsApp({ entities: ENTITIES, options: { work: false } });
  await using old = await connected(sending.url);
  {
    await using writer = await connected(sending.url);
    await writer.query(`insert into counter select n, 0 from generate_series(1, ${count}) n`);
  }
  await old.query('begin isolation level repeatable read; select 1 from counter limit 1');
  const before = await visited(sending.url);
  {
    await using working = await startRowsApp({
      entities: ENTITIES,
      clientUrl: sending.url,
      options: { work: [] },
      providers: [receiverOn(TERMS)],
    });
    const stored = `select 1 from signals.job where name like 'counters%' offset ${count - 1} limit 1`;
    await eventually(async () => (await working.sql(stored)).length > 0, 120_000);
  }
  return (await visited(sending.url)) - before;
}

/** Sessions report their statistics when they end. */
async function visited(url: string): Promise<number> {
  await using client = await connected(url);
  const { rows } = await client.query<{
    blocks: number;
  }>(`select (heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::int as blocks
    from pg_statio_all_tables where schemaname = 'signals' and relname = 'row_change'`);
  return rows[0]!.blocks;
}

async function connected(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

it('Four times as many changes that wait take four times the work, although an old transaction keeps what was deleted', async () => {
  const few = await catchUp(10_000);
  const many = await catchUp(40_000);
  expect(many / few).toBeLessThan(4.5);
});

it('A portion has at most five hundred changes and eight megabytes, or one change that has more', async () => {
  const entities = [PageSchema];
  await using sending = await startRowsApp({ entities, options: { work: false } });
  const text = (megabytes: number) =>
    `(select string_agg(md5(random()::text || n), '') from generate_series(1, ${(megabytes * MEGABYTE) / 32}) n)`;
  await sending.sql(`insert into page select n, '' from generate_series(1, 1200) n`);
  for (const [id, megabytes] of [3, 3, 9, 3, 3, 3].entries()) {
    await sending.sql(`insert into page values (${2000 + id}, ${text(megabytes)})`);
  }
  const providers = [receiverOn({ ...TERMS, sender: Page })];
  await using working = await startRowsApp({ entities, clientUrl: sending.url, options: { work: [] }, providers });
  await eventually(async () => (await working.sql('select 1 from signals.row_change limit 1')).length === 0, 60_000);

  // A portion is a transaction.
  const portions =
    (await working.sql(`select count(*)::int as changes, sum(octet_length(data::text)) / ${MEGABYTE} as size
    from signals.job where name like 'counters%' group by xmin::text order by min(id::text)`)) as unknown as Portion[];
  expect(portions.map(({ changes }) => changes)).toEqual([500, 500, 202, 1, 2, 1]);
  // `new` and `changes` both have the text.
  expect(portions.map(({ size }) => Math.round(Number(size)))).toEqual([0, 0, 12, 18, 12, 6]);
});

interface Portion {
  readonly changes: number;
  readonly size: string;
}

it('A change is sent at the next look although nothing has notified of it, and when the listening session was lost', async () => {
  await using t = await startRows(Counter, { entities: ENTITIES });
  await t.sql(`insert into signals.row_change (table_schema, table_name, operation, new)
    values ('public', 'counter', 'insert', '{"id":1,"version":0}')`);
  expect(await t.next(1)).toMatchObject([{ operation: 'insert', key: 1 }]);

  await t.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'pgboss%'`,
  );
  await t.sql('insert into counter values (2, 0)');
  expect(await t.next(1)).toMatchObject([{ operation: 'insert', key: 2 }]);
});

it('Changes of triggers that do not notify are sent within a second or so', async () => {
  const config = { discovery: { afterDiscovered: rowTriggers({ notify: false }) } };
  await using t = await startRows(Counter, { entities: ENTITIES, config });
  const begun = performance.now();
  for (const id of [1, 2, 3]) {
    await t.sql(`insert into counter values (${id}, 0)`);
    expect(await t.next(1)).toMatchObject([{ key: id }]);
  }
  // A relay that is notified looks every five seconds.
  expect(performance.now() - begun).toBeLessThan(9000);
});
