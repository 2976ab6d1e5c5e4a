import { defineEntity, MikroORM, type Options, p } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { rowSignals, rowTriggers } from 'nestjs-signals/rows';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { FAMILY } from './family.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

async function open(entities: unknown, config: Partial<Options> = {}): Promise<MikroORM & AsyncDisposable> {
  const orm = await MikroORM.init({
    entities: entities as never,
    clientUrl: database.url,
    discovery: { afterDiscovered: rowTriggers() },
    schemaGenerator: { ignoreSchema: ['signals'] },
    ...config,
  });
  return Object.assign(orm, { [Symbol.asyncDispose]: () => orm.close() });
}

/** An entity with these properties, and triggers where there are options. */
function order(options?: object, more: object = {}) {
  const properties = { id: p.integer().primary(), status: p.string(), ...more } as never;
  return defineEntity({ name: 'Order', properties, ...(options && { triggers: rowSignals(options) }) } as never);
}

async function names(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em.execute<{ tgname: string }[]>(
    `select tgname from pg_trigger where not tgisinternal order by tgname`,
  );
  return rows.map(({ tgname }) => tgname.replace(/_[0-9a-f]{8}$/, ''));
}

const ALL = ['signals_delete', 'signals_insert', 'signals_update'];

describe("MikroORM's schema generator", () => {
  it('makes the triggers of an entity, finds nothing to do then, and drops them with the decorator', async () => {
    {
      await using orm = await open([order({})]);
      await orm.schema.create();
      expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
      expect(await names(orm)).toEqual(ALL);
    }
    await using orm = await open([order()]);
    await orm.schema.update();
    expect(await names(orm)).toEqual([]);
    expect(await orm.em.execute(`select proname from pg_proc where proname like '%signals%'`)).toEqual([]);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  });

  it('makes the triggers anew where what they send changes, and only then', async () => {
    {
      await using orm = await open([order({})]);
      await orm.schema.create();
    }
    {
      await using orm = await open([order({}, { note: p.string().nullable().hidden() })]);
      expect(await orm.schema.getUpdateSchemaSQL()).not.toContain('trigger');
      await orm.schema.update();
    }
    await using orm = await open([order({}, { note: p.string().nullable() })]);
    expect((await orm.schema.getUpdateSchemaSQL()).match(/create trigger/g)).toHaveLength(3);
    await orm.schema.update();
    expect(await names(orm)).toEqual(ALL);
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
  });

  it('makes the triggers anew, without a notification, where `notify` becomes false', async () => {
    await using notifying = await open([order({})]);
    await notifying.schema.create();
    await using quiet = await open([order({})], { discovery: { afterDiscovered: rowTriggers({ notify: false }) } });
    expect((await quiet.schema.getUpdateSchemaSQL()).match(/create trigger/g)).toHaveLength(3);
    await quiet.schema.update();
    expect(await quiet.schema.getUpdateSchemaSQL()).toBe('');
    expect(await quiet.em.execute(`select proname from pg_proc where prosrc like '%signals_rows%'`)).toEqual([]);
  });

  it('does so for names that are hard to quote, and for entities that share a table', async () => {
    await using orm = await open(FAMILY);
    await orm.schema.create();
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
    expect(await names(orm)).toHaveLength(9);
    await orm.schema.drop();
    expect(await names(orm)).toEqual([]);
  });

  it('does so for a table whose name leaves no place for that of a function', async () => {
    const long = (end: string) =>
      defineEntity({
        name: `Long${end}`,
        tableName: 'a_very_long_name_of_a_table_that_fills_nearly_all_of_the_63_' + end,
        properties: { id: p.integer().primary() },
        triggers: rowSignals(),
      } as never);
    await using orm = await open([long('a'), long('b')]);
    await orm.schema.create();
    await orm.em.execute('insert into a_very_long_name_of_a_table_that_fills_nearly_all_of_the_63_b values (1)');
    await orm.em.execute('delete from a_very_long_name_of_a_table_that_fills_nearly_all_of_the_63_b');
    const noted = await orm.em.execute('select operation from signals.row_change order by id');
    expect(noted).toEqual([{ operation: 'insert' }, { operation: 'delete' }]);
  });

  it('keeps the triggers of partitioned tables, schemas and other triggers', async () => {
    const entity = defineEntity({
      name: 'Visit',
      schema: 'far away',
      properties: { id: p.integer().primary(), status: p.string() },
      triggers: [
        ...rowSignals(),
        { name: 'own', timing: 'before', events: ['insert'], forEach: 'row', body: 'return new' },
      ],
    } as never);
    await using orm = await open([entity]);
    await orm.schema.create();
    expect(await orm.schema.getUpdateSchemaSQL()).toBe('');
    await orm.em.execute(`insert into "far away".visit values (1, 'new')`);
    expect(await orm.em.execute('select table_schema, new from signals.row_change')).toEqual([
      { table_schema: 'far away', new: { id: 1, status: 'new' } },
    ]);
    expect(await names(orm)).toEqual(['own', ...ALL]);
  });
});

describe('The tables of changes', () => {
  it('hold no column that is hidden or omitted', async () => {
    const more = { password: p.string().hidden(), note: p.string() };
    await using orm = await open([order({ omit: ['note'] }, more)]);
    await orm.schema.create();
    await orm.em.execute(`insert into "order" values (1, 'new', 'secret', 'private')`);
    await orm.em.execute(`update "order" set password = 'secret 2', note = 'private 2', status = 'paid'`);
    const text = JSON.stringify(await orm.em.execute('select * from signals.row_change'));
    expect(text).toContain('paid');
    expect(text).not.toMatch(/secret|private|password|note/);
  });

  it('are written for a role that may write the table and nothing else, whatever its search_path finds', async () => {
    await using orm = await open([order({})]);
    await orm.schema.create();
    const role = `writer_${database.name.slice(-12)}`;
    try {
      await orm.em.execute(
        `create role ${role}; grant insert, update, delete, select on "order" to ${role}; grant usage on schema public to ${role}; create schema evil authorization ${role}`,
      );
      await alone(`begin; set local role ${role}; set local search_path = evil, public;
        create table evil.row_change (id int); create function evil.pg_notify(text, text) returns void language sql as 'select 1/0';
        insert into public."order" values (1, 'new'); update public."order" set status = 'paid'; commit`);
      expect(await orm.em.execute('select operation, new from signals.row_change order by id')).toEqual([
        { operation: 'insert', new: { id: 1, status: 'new' } },
        { operation: 'update', new: { id: 1, status: 'paid' } },
      ]);
      const forge = `set role ${role}; create table evil.mine (id int, status text); create trigger t after insert on evil.mine
        referencing new table as new_rows for each statement execute function public."${await functionName(orm)}"()`;
      await expect(alone(forge)).rejects.toThrow('permission denied for function');
    } finally {
      await orm.em.execute(`drop schema evil cascade; drop owned by ${role}; drop role ${role}`);
    }
  });
});

/** Runs this on a connection of its own. */
async function alone(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function functionName(orm: MikroORM): Promise<string> {
  const [row] = await orm.em.execute<{ proname: string }[]>(
    `select proname from pg_proc where proname like 'order_signals_insert%'`,
  );
  return row!.proname;
}
