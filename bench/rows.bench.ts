import 'reflect-metadata';
import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { durable, OnSignal, SignalsModule } from 'nestjs-signals';
import { pgBoss, SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import { RowChanged, rowSignals, rowTriggers } from 'nestjs-signals/rows';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../sample/shop/database/embedded-postgres.ts';
import { compareBy, median } from './compare.ts';
import { type Case, report } from './report.ts';

// What triggers cost a writer, and how soon receivers have the changes.

const columns = {
  id: p.integer().primary(),
  customer: p.integer(),
  status: p.string(),
  total: p.integer(),
  note: p.string().length(255),
};
const WatchedSchema = defineEntity({ name: 'Watched', properties: columns, triggers: rowSignals() });
class Watched extends WatchedSchema.class {}
WatchedSchema.setClass(Watched);
const PlainSchema = defineEntity({ name: 'Plain', properties: columns });
class Plain extends PlainSchema.class {}
PlainSchema.setClass(Plain);
const OtherSchema = defineEntity({ name: 'Other', properties: columns });
class Other extends OtherSchema.class {}
OtherSchema.setClass(Other);

const CANDIDATES = [
  { name: 'without triggers', table: 'plain', type: Plain },
  { name: 'without triggers, another table', table: 'other', type: Other },
  { name: '@RowSignals', table: 'watched', type: Watched },
] as const;
type Candidate = (typeof CANDIDATES)[number];

const CHANGES = `${SIGNALS_SCHEMA}.row_change`;
const ROWS = 20_000;
const WRITERS = 16;
/** The numbers of rows of a statement, of statements of a sample, and of rounds. */
const STATEMENTS = [
  { rows: 1, times: 40, rounds: 31 },
  { rows: 100, times: 20, rounds: 31 },
  { rows: 10_000, times: 1, rounds: 15 },
];
const FLUSHES = [
  { rows: 1, times: 30, rounds: 31 },
  { rows: 100, times: 5, rounds: 31 },
];

/** Takes changes away as a relay does: after TRUNCATE, PostgreSQL plans the statements of the triggers anew, which a sample of a few statements would show. */
const TAKEN = `delete from ${CHANGES}`;

/** When changes arrive. */
const received = { count: 0, arrived: () => {} };

class Receivers {
  receive(changes: readonly unknown[]) {
    received.count += changes.length;
    received.arrived();
  }
}
const descriptor = Object.getOwnPropertyDescriptor(Receivers.prototype, 'receive')!;
const terms = { sender: Watched, uid: 'bench', batch: true, delivery: durable({ batch: 500 }) } as const;
OnSignal(RowChanged, terms as never)(Receivers.prototype, 'receive', descriptor as never);

/** With a disk that it waits for, unless a database says otherwise. */
const server = await startEmbeddedPostgres({
  settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' },
});
const cases: Case[] = [];
try {
  await prepare();
  await measureStatements();
  await measureFlushes();
  await measureReceivers();
  await measureWriters();
} finally {
  await server.stop();
}
report('rows', cases);

function configOf(notify: boolean) {
  return {
    driver: PostgreSqlDriver,
    clientUrl: server.url,
    dbName: 'rows',
    entities: [Watched, Plain, Other],
    discovery: { afterDiscovered: rowTriggers({ notify }) },
    schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] },
  };
}

function start(work: boolean) {
  const signals = SignalsModule.forRoot({ durable: pgBoss({ rows: true, work }) });
  class AppModule {}
  Module({ imports: [MikroOrmModule.forRoot(configOf(true)), signals], providers: [Receivers as Type] })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
}

async function prepare(): Promise<void> {
  const orm = await MikroORM.init(configOf(true));
  await orm.schema.refresh();
  await orm.em.getConnection().execute('alter database rows set synchronous_commit = off');
  await orm.close();
}

/** The work of an application that writes and whose database no relay reads, on tables with rows. */
async function writing(work: (run: (sql: string) => Promise<unknown>, orm: MikroORM) => Promise<void>): Promise<void> {
  const app = await start(false);
  const orm = app.get(MikroORM);
  const run = (sql: string) => orm.em.getConnection().execute(sql);
  for (const { table } of CANDIDATES) {
    await run(
      `insert into ${table} select g, g % 100, 'placed', g, repeat('x', 60) from generate_series(1, ${ROWS}) g`,
    );
    await run(`vacuum analyze ${table}`);
  }
  await work(run, orm);
  await run(`truncate ${[CHANGES, ...CANDIDATES.map(({ table }) => table)].join(', ')}`);
  await app.close();
}

/** The nanoseconds of a call, on average. */
async function timed(times: number, call: () => Promise<unknown>): Promise<number> {
  const begun = process.hrtime.bigint();
  for (let time = 0; time < times; time++) await call();
  return Number(process.hrtime.bigint() - begun) / times;
}

/** COMMIT does not wait for the disk, which would hide the cost. */
async function measureStatements(): Promise<void> {
  await writing(async run => {
    for (const { rows, times, rounds } of STATEMENTS) {
      const update = async ({ table }: Candidate) => {
        await run(TAKEN);
        return timed(times, () => run(`update ${table} set total = total + 1 where id <= ${rows}`));
      };
      note(`UPDATE of ${rows.toLocaleString('en')} rows`, await compareBy(update, CANDIDATES, rounds));
    }
    await run('alter database rows reset synchronous_commit');
  });
}

async function measureFlushes(): Promise<void> {
  await writing(async (run, orm) => {
    for (const { rows, times, rounds } of FLUSHES) {
      const flush = async ({ type }: Candidate) => {
        await run(TAKEN);
        const em = orm.em.fork();
        const items = await em.find(type, { id: { $lte: rows } });
        return timed(times, () => {
          for (const row of items) row.total += 1;
          return em.flush();
        });
      };
      note(`flush of ${rows} changed rows`, await compareBy(flush, CANDIDATES, rounds));
    }
  });
}

async function measureReceivers(): Promise<void> {
  const app = await start(true);
  const run = (sql: string) => app.get(MikroORM).em.getConnection().execute(sql);
  const receivedAfter = async (sql: string, count: number) => {
    received.count = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    received.arrived = () => received.count >= count && resolve();
    const begun = process.hrtime.bigint();
    await run(sql);
    await promise;
    return Number(process.hrtime.bigint() - begun);
  };
  const one = `insert into watched values (1, 1, 'placed', 1, 'x')`;
  await receivedAfter(one, 1);
  const delays: number[] = [];
  for (let time = 0; time < 200; time++) {
    delays.push(await receivedAfter('update watched set total = total + 1 where id = 1', 1));
  }
  note('until the receiver has it', [{ name: 'a raw UPDATE of one row, p50', ns: median(delays), ratio: 1 }]);
  const many = `insert into watched select g, g % 100, 'placed', g, repeat('x', 60) from generate_series(2, 10001) g`;
  note('until the receiver has all', [{ name: '10,000 raw INSERTs', ns: await receivedAfter(many, 10_000), ratio: 1 }]);
  await app.close();
}

/** Each has a row of its own, and COMMIT waits for the disk. */
async function measureWriters(): Promise<void> {
  const clients = Array.from(
    { length: WRITERS },
    () => new Client({ connectionString: server.url.replace(/postgres$/, 'rows') }),
  );
  for (const client of clients) await client.connect();
  for (const { table } of CANDIDATES) {
    await clients[0]!.query(`truncate ${table}`);
    await clients[0]!.query(`insert into ${table} select g, 1, 'placed', g, 'x' from generate_series(1, ${WRITERS}) g`);
  }
  const write = async ({ table }: Candidate) => {
    await clients[0]!.query(TAKEN);
    const writing = (client: Client, at: number) =>
      timed(40, () => client.query(`update ${table} set total = total + 1 where id = ${at + 1}`));
    return (await timed(1, () => Promise.all(clients.map(writing)))) / 40 / WRITERS;
  };
  for (const notify of [true, false]) {
    const orm = await MikroORM.init(configOf(notify));
    await orm.schema.update();
    await orm.close();
    const what = `UPDATE and COMMIT of ${WRITERS} writers at once${notify ? '' : ', rowTriggers({ notify: false })'}`;
    note(what, await compareBy(write, CANDIDATES, 11));
  }
  for (const client of clients) await client.end();
}

function note(what: string, rows: readonly { name: string; ns: number; ratio: number }[]): void {
  cases.push(...rows.map(row => ({ what, receivers: 1, ...row })));
}
