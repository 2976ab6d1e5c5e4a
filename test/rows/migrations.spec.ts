import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { rowSignals, rowTriggers } from 'nestjs-signals/rows';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** The files of migrations import `@mikro-orm/migrations`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'node_modules', '.rows-');

let database: TestDatabase;
let path: string;
beforeEach(async () => {
  database = await createTestDatabase();
  path = await mkdtemp(FOLDER);
});
afterEach(async () => {
  await rm(path, { recursive: true });
  await database.drop();
});

/** Hard to quote, in SQL and in the files of migrations. */
const NAME = 'some ${customers} `';
const id = p.integer().primary();
const signalled = { triggers: rowSignals() };
const TAG = defineEntity({ name: 'Tag', properties: { id } } as never);
const customer = (more: object = {}) =>
  defineEntity({ name: 'Customer', tableName: NAME, properties: { id, name: p.string() }, ...more } as never);
const order = (more: object = {}, properties: object = {}) =>
  defineEntity({
    name: 'Order',
    properties: { id, ...properties, tags: () => p.manyToMany(TAG).owner() },
    ...more,
  } as never);

const NOTE = { note: p.string().nullable() };

const BEFORE = [customer(), order(), TAG];
const SIGNALLED = [customer(signalled), order(signalled), TAG];
const CHANGED = [customer(signalled), order(signalled, NOTE), TAG];

type Open = MikroORM & AsyncDisposable;

/** MikroORM with these entities, on the files and the database of this test. */
async function open(entities: unknown, snapshot: boolean, clientUrl = database.url): Promise<Open> {
  const orm = await MikroORM.init({
    entities: entities as never,
    clientUrl,
    discovery: { afterDiscovered: rowTriggers() },
    schemaGenerator: { ignoreSchema: ['signals'] },
    extensions: [Migrator],
    migrations: { path, emit: 'js', snapshot, snapshotName: 'snapshot', silent: true },
  });
  return Object.assign(orm, { [Symbol.asyncDispose]: () => orm.close() });
}

/** Makes the next migration, runs it, and returns its statements. */
async function migrate(entities: unknown, name: string, snapshot: boolean): Promise<string[]> {
  await using orm = await open(entities, snapshot);
  const { diff } = await orm.migrator.create(undefined, false, false, name);
  await orm.migrator.up();
  expect((await orm.migrator.create()).fileName).toBe('');
  expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  return diff.up.filter(sql => sql !== '');
}

async function down(entities: unknown, snapshot: boolean): Promise<void> {
  await using orm = await open(entities, snapshot);
  await orm.migrator.down();
}

async function execute<Row extends object>(sql: string, connectionString = database.url): Promise<Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The triggers by their table, without the hash of what they do. */
async function triggers(url = database.url): Promise<string[]> {
  const sql = `select relname || ' ' || tgname as name from pg_trigger t join pg_class c on c.oid = tgrelid
    where not tgisinternal order by 1`;
  return (await execute<{ name: string }>(sql, url)).map(({ name }) => name.replace(/_[0-9a-f]{8}$/, ''));
}

/** Runs this, and returns the columns of the rows that were noted. */
async function noted(sql: string, url = database.url): Promise<unknown[]> {
  await execute(sql, url);
  const taken = 'delete from signals.row_change returning coalesce(new, old) as row';
  return (await execute<{ row: object }>(taken, url)).map(({ row }) => row);
}

const tables = ['order', 'order_tags', NAME];
const ALL = tables.flatMap(table => ['delete', 'insert', 'update'].map(operation => `${table} signals_${operation}`));
const INSERT = `insert into "order" (id) values`;

describe.each([
  ['with a snapshot', true],
  ['without a snapshot', false],
])('In an application that has migrations, %s,', (_which, snapshot) => {
  it('one adds the triggers, to tables that hold rows and in an empty database, and can be undone', async () => {
    await migrate(BEFORE, 'a', snapshot);
    await execute(`${INSERT} (1)`);
    await migrate(SIGNALLED, 'b', snapshot);
    expect(await triggers()).toEqual(ALL);
    expect(await noted(`${INSERT} (2)`)).toEqual([{ id: 2 }]);

    await using other = await emptyDatabase();
    await using orm = await open(SIGNALLED, snapshot, other.url);
    await orm.migrator.up();
    expect(await triggers(other.url)).toEqual(ALL);
    expect(await noted(`${INSERT} (2)`, other.url)).toEqual([{ id: 2 }]);

    await down(SIGNALLED, snapshot);
    expect(await triggers()).toEqual([]);
    expect(await noted(`${INSERT} (3)`)).toEqual([]);
  });

  it('an entity that changes has its triggers made anew, and no other; one that is no longer signalled loses them', async () => {
    await migrate(SIGNALLED, 'a', snapshot);
    const changed = await migrate(CHANGED, 'b', snapshot);
    expect(changed.filter(sql => /trigger/.test(sql) && !sql.includes('order'))).toEqual([]);
    for (const start of ['create trigger', 'drop trigger']) {
      expect(changed.filter(sql => sql.startsWith(start))).toHaveLength(3);
    }
    expect(await noted(`${INSERT} (2)`)).toEqual([{ id: 2, note: null }]);

    await migrate([customer(signalled), order({}, NOTE), TAG], 'c', snapshot);
    expect(await triggers()).toEqual(ALL.filter(name => name.startsWith(NAME)));
    const functions = await execute(`select proname from pg_proc where prorettype = 'trigger'::regtype
      and proname like '%signals%' and proname not like 'some%'`);
    expect(functions).toEqual([]);
  });

  it('one that changed the triggers is undone, and the table can be written', async () => {
    await migrate(SIGNALLED, 'a', snapshot);
    await migrate(CHANGED, 'b', snapshot);
    await down(CHANGED, snapshot);
    expect(await triggers()).toEqual(ALL);
    // Without a snapshot MikroORM knows only half of the triggers that it makes again.
    expect(await noted(`${INSERT} (2)`)).toEqual(snapshot ? [{ id: 2 }] : []);
  });
});

async function emptyDatabase(): Promise<TestDatabase & AsyncDisposable> {
  const other = await createTestDatabase();
  return Object.assign(other, { [Symbol.asyncDispose]: () => other.drop() });
}
