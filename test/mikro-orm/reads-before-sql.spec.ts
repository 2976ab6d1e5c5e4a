import { type EntityManager, raw } from '@mikro-orm/core';
import { defineEntity, p, type SqlEntityManager } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

type Query = (em: SqlEntityManager) => Promise<unknown>;
const sql = (text: string): [string, Query] => [text, em => em.getConnection().execute(text)];

const READS: [string, Query][] = [
  ['find with comments', em => em.find(Note, {}, { comments: 'delete from note' })],
  ['find with a hint', em => em.find(Note, {}, { hintComments: 'update' })],
  ['a query builder with a comment', em => em.createQueryBuilder(Note).comment('insert; delete').execute()],
  ['a raw fragment with a comment', em => em.find(Note, { [raw('/* update */ 1')]: 1 })],
  sql('/* first */ select 1'),
  sql('-- delete from note\nselect 1'),
  sql('/* one */ -- two\n /* three */ select 1'),
  sql("with words as (select 'delete from note' as one) select * from words"),
  sql('with words as (select 1 as "update") select "update" from words'),
  sql(`with "delete" as (select 1 as one) select * from "delete"`),
  sql('with words as (select 1 as one /* ; delete from note */) select * from words'),
  sql("select 'it''s; delete from note'"),
  sql("values ('insert')"),
];

const POSTGRES_READS: [string, Query][] = [
  sql('/* one */ ((select 1))'),
  sql("with words as (select $word$ ' delete $word$ as one) select * from words"),
  sql(String.raw`with words as (select E'\' ; delete from note' as one) select * from words`),
  sql('with locked as (select id from note for update) select * from locked'),
  sql('with locked as (select id from note) select * from note for no key update'),
  sql('explain delete from note'),
  sql('explain analyze select 1'),
  sql('show search_path'),
  sql('table note'),
];

const WRITES: [string, Query][] = [
  sql("/* select */ insert into note (text) values ('x')"),
  sql('-- select\ndelete from note'),
  sql(`update note set text = 'select'`),
  sql("with words as (select 'x' as one) insert into note (text) select one from words"),
  ['nativeUpdate', em => em.nativeUpdate(Note, {}, { text: 'x' })],
  ['a query builder with a comment', em => em.createQueryBuilder(Note).delete().comment('select').execute()],
];

const POSTGRES_WRITES: [string, Query][] = [
  sql('with gone as (delete from note returning id) select * from gone'),
  sql('with gone as materialized ( /* x */ delete from note returning id) select * from gone'),
  sql('explain analyze delete from note'),
  sql('explain (analyze, verbose) update note set id = 1'),
  sql('select 1; delete from note'),
  sql('select * into copy from note'),
  sql('truncate note'),
];

/** Runs a query in a receiver of `PreSave`, in a flush without a transaction, and returns 'done' or its error. */
async function outcomeOf(query: Query, config = {}): Promise<unknown> {
  await using t = await startOrmApp({ entities: [NoteSchema], config });
  const outcomes: unknown[] = [];
  t.app.get(PreSave).connect(async (_payload, { em }) => {
    const done = query(em as EntityManager as SqlEntityManager).then(() => 'done');
    outcomes.push(await done.catch((error: { code?: string; message: string }) => error.code ?? error.message));
  });
  const em = t.fork();
  em.create(Note, { text: 'a' });
  await em.flush();
  return outcomes[0];
}

const sqlite = { driver: SqliteDriver, dbName: ':memory:', clientUrl: undefined };

describe('a receiver before the SQL of a flush', () => {
  it.each([...READS, ...POSTGRES_READS])('reads, on PostgreSQL: %s', async (_what, query) => {
    expect(await outcomeOf(query)).toBe('done');
  });

  it.each([...READS, sql('pragma table_info(note)')])('reads, on SQLite: %s', async (_what, query) => {
    expect(await outcomeOf(query, sqlite)).toBe('done');
  });

  it.each([...WRITES, ...POSTGRES_WRITES])('writes nothing by itself: %s', async (_what, query) => {
    expect(await outcomeOf(query)).toBe('NO_TRANSACTION');
  });
});
