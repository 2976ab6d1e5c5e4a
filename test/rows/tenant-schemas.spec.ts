import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM, type Options, p } from '@mikro-orm/postgresql';
import { durable } from 'nestjs-signals';
import { rowSignals } from 'nestjs-signals/rows';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { quiet } from '../support/quiet.js';
import { CONFIG, receiverOn, startRowsApp } from './rows-app.js';

quiet();

/** The files of migrations import `@mikro-orm/migrations`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'node_modules', '.rows-');

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

class Note {}

/** An entity of each tenant with these properties, and triggers where there are options. */
function note(options?: object, more: object = {}) {
  const properties = { id: p.integer().primary(), text: p.string(), ...more };
  return defineEntity({
    class: Note,
    schema: '*',
    properties,
    ...(options && { triggers: rowSignals(options) }),
  } as never);
}

async function open(entity: unknown, config: Partial<Options> = {}) {
  const orm = await MikroORM.init({
    entities: [entity] as never,
    clientUrl: database.url,
    ...(CONFIG as Options),
    ...config,
  } as never);
  const triggers = async () => {
    const rows = await (orm as MikroORM).em.execute<{ spot: string }[]>(
      `select tgrelid::regclass || ' ' || tgname as spot from pg_trigger where not tgisinternal order by 1`,
    );
    return rows.map(({ spot }) => spot.replace(/_[0-9a-f]{8}$/, ''));
  };
  return Object.assign(orm as MikroORM, { triggers, [Symbol.asyncDispose]: () => (orm as MikroORM).close() });
}

const ofTable = (table: string) => ['delete', 'insert', 'update'].map(kind => `${table} signals_${kind}`);
const NOTE = { note: p.string().nullable() };

it('The schema generator changes and drops the triggers of one tenant, and leaves those of others alone', async () => {
  {
    await using orm = await open(note({}));
    for (const schema of ['one', 'two']) await orm.schema.create({ schema });
    expect(await orm.triggers()).toEqual([...ofTable('one.note'), ...ofTable('two.note')]);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  }
  {
    await using orm = await open(note({}, NOTE));
    const sql = await orm.schema.getUpdateSchemaSQL({ schema: 'two' });
    expect(sql).not.toContain('"one"');
    await orm.schema.update({ schema: 'two' });
    expect(await orm.schema.getUpdateSchemaSQL({ schema: 'two' })).toBe('');
    await orm.em.execute(`insert into two.note values (1, 'a', 'b'); insert into one.note values (1, 'a')`);
    const noted = await orm.em.execute<object[]>('select table_schema, new from signals.row_change order by id');
    expect(noted).toEqual([
      { table_schema: 'two', new: { id: 1, text: 'a', note: 'b' } },
      { table_schema: 'one', new: { id: 1, text: 'a' } },
    ]);
  }
  await using orm = await open(note());
  await orm.schema.update({ schema: 'one' });
  expect(await orm.triggers()).toEqual(ofTable('two.note'));
  expect(await orm.em.execute(`select from pg_proc where pronamespace = 'one'::regnamespace`)).toEqual([]);
});

it('Migrations for tenants make the triggers in the schema that they run in, and take them back there', async () => {
  const path = await mkdtemp(FOLDER);
  try {
    const migrations = { path, emit: 'js', snapshotName: 'snapshot', silent: true, includeWildcardSchema: true };
    const config = { extensions: [Migrator], migrations } as Partial<Options>;
    await using orm = await open(note({}), config);
    await orm.migrator.create();
    for (const schema of ['one', 'two']) {
      await orm.em.execute(`create schema ${schema}`);
      await orm.migrator.up({ schema });
    }
    expect(await orm.triggers()).toEqual([...ofTable('one.note'), ...ofTable('two.note')]);
    await orm.migrator.down({ schema: 'one' });
    expect(await orm.triggers()).toEqual(ofTable('two.note'));
  } finally {
    await rm(path, { recursive: true });
  }
});

describe('At start', () => {
  const RECEIVER = receiverOn({ uid: 'rows', sender: Note, delivery: durable() });
  const start = async () => {
    await using _app = await startRowsApp({ entities: [note({})], clientUrl: database.url, providers: [RECEIVER] });
  };

  it('each tenant without triggers is shown with the SQL that makes them', async () => {
    await using orm = await open(note({}));
    for (const schema of ['One', 'two', 'three']) await orm.schema.create({ schema });
    await orm.em
      .execute(`do $$ declare t record; begin for t in select tgname from pg_trigger where tgrelid = '"One".note'::regclass loop
      execute format('drop trigger %I on "One".note', t.tgname); end loop; end $$`);
    await orm.em.execute('alter table two.note disable trigger user');
    const error = (await start().catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'TRIGGERS_MISSING' });
    const [head, ...sql] = error.message.split('\n\n');
    expect(head).toContain('One.note, two.note.');
    expect(head).toContain('orm.schema.update({ schema })');
    await orm.em.execute(sql.join('\n\n'));
    await start();
    expect(await orm.triggers()).toEqual([...ofTable('"One".note'), ...ofTable('three.note'), ...ofTable('two.note')]);
  });

  it('tables of the same name that are not of a tenant are left alone', async () => {
    await using orm = await open(note({}));
    await orm.schema.create({ schema: 'one' });
    // Another program's, the rows of a partition, one that the schema tools ignore, and one of a session.
    await orm.em.execute(`create table note (id int primary key, title text);
      create schema parts; create table parts.all_notes (id int, text text) partition by list (id);
      create table parts.note partition of parts.all_notes default;
      create schema signals_old; create table signals_old.note (id int primary key, text text);
      create temp table note (id int primary key, text text)`);
    await expect(start()).rejects.toThrow('signals_old.note.');
    const config = { schemaGenerator: { ignoreSchema: ['signals', 'signals_old'] } };
    await using _app = await startRowsApp({
      entities: [note({})],
      clientUrl: database.url,
      providers: [RECEIVER],
      config,
    });
  });

  it('of many tenants without triggers, twenty are shown', async () => {
    await using orm = await open(note());
    for (let n = 10; n < 35; n++) await orm.schema.create({ schema: `t${n}` });
    await expect(start()).rejects.toThrow(/t10\.note.*t29\.note and 5 more/);
  });
});
