import { jest } from '@jest/globals';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { durable, type Message, SignalsModule } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { type RowChangedPayload, rowSignals } from 'nestjs-signals/rows';
import { compileApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { pglite } from '../support/pglite.js';
import { quiet } from '../support/quiet.js';
import { Order, OrderSchema, TagSchema } from './entities.js';
import { PEOPLE } from './people.js';
import { CONFIG, receiverOn, startRows } from './rows-app.js';
import { TENANTS } from './tenant-entities.js';

quiet();
jest.setTimeout(120_000);

class Visit {
  id!: number;
}
const VisitSchema = defineEntity({
  class: Visit,
  properties: { id: p.integer().primary(), kind: p.integer().primary(), note: p.string().nullable() },
  partitionBy: {
    type: 'list',
    expression: ['kind'],
    partitions: [1, 2].map(kind => ({ name: `visit_${kind}`, values: `in (${kind})` })),
  },
  triggers: rowSignals(),
} as never);

it('Of a partitioned table, rows that move are sent, and those that are written straight into a partition are not', async () => {
  await using t = await startRows(Visit, { entities: [VisitSchema] });
  await t.sql(`insert into visit values (1, 1, 'a')`);
  await t.sql('insert into visit_1 values (2, 1)');
  await t.sql(`update visit set note = 'b' where id = 1`);
  await t.sql('update visit set kind = 2 where id = 1');
  const changes = await t.next(4);
  expect(changes.map(({ operation, key }) => [operation, key])).toEqual([
    ['insert', [1, 1]],
    ['update', [1, 1]],
    ...changes.slice(2).map(({ operation }) => [operation, operation === 'insert' ? [1, 2] : [1, 1]]),
  ]);
});

it('TRUNCATE, and a session that switches triggers off, send nothing', async () => {
  await using t = await startRows(Order, { entities: [OrderSchema, TagSchema] });
  await t.sql(
    `begin; set local session_replication_role = replica; insert into "order" (id, status, total) values (1, 'a', 1); commit`,
  );
  await t.sql('truncate "order" cascade');
  await t.sql(`insert into "order" (id, status, total) values (2, 'a', 1)`);
  expect(await t.next(1)).toMatchObject([{ key: 2 }]);
  expect(t.received).toEqual([]);
});

it('A change that an AFTER trigger makes to its own row is noted before that of the statement', async () => {
  await using t = await startRows(Order, { entities: [OrderSchema, TagSchema] });
  await t.sql(`create function again() returns trigger language plpgsql as $$ begin
    update "order" set status = 'again' where id = new.id and status = 'a'; return null; end $$`);
  await t.sql('create trigger again after insert on "order" for each row execute function again()');
  await t.sql(`insert into "order" (id, status, total) values (1, 'a', 1)`);
  expect((await t.next(2)).map(({ operation }) => operation)).toEqual(['update', 'insert']);
});

it('On PGlite, which has one connection, changes are noted and sent as on a server', async () => {
  const sent: string[] = [];
  const payload = ({ operation, schema, key, new: row }: RowChangedPayload, { sender }: Message) => {
    sent.push(`${operation} ${(sender as { name: string }).name} ${schema} ${String(key)} ${JSON.stringify(row)}`);
    return {};
  };
  await using app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({
        ...(await pglite()),
        entities: [OrderSchema, TagSchema, ...PEOPLE, ...TENANTS],
        ...CONFIG,
      } as never),
      SignalsModule.forRoot({ durable: pgBoss({ rows: true }) }),
    ],
    providers: [receiverOn({ uid: 'rows', delivery: durable({ payload }) })],
  });
  const orm = app.get<MikroORM>(MikroORM);
  await orm.schema.create();
  await orm.schema.create({ schema: 'one' });
  await app.init();
  for (const sql of [
    `insert into "order" (id, status, total) values (1, 'a', 12345678901234567890.5)`,
    `insert into one.note values (2, 'b')`,
    `insert into person values (3, 'c')`,
    'insert into member (id, level) values (3, 4)',
    'drop table guest',
    `update person set name = 'd'`,
    'delete from person',
  ])
    await orm.em.getConnection().execute(sql);
  await eventually(() => sent.length === 7);
  expect(sent).toEqual([
    'insert Order public 1 {"id":1,"status":"a","total":"12345678901234567890.50"}',
    'insert Note one 2 {"id":2,"text":"b"}',
    'insert Person public 3 {"id":3,"name":"c"}',
    'insert Member public 3 {"id":3,"level":4}',
    'update Member public 3 {"id":3,"name":"d"}',
    'delete Member public 3 undefined',
    'delete Member public 3 undefined',
  ]);
});
