import type { EntityMetadata } from '@mikro-orm/core';
import { type KnownEntityManager, SignalError } from '../core/index.js';
import { query } from './row-change-table.js';
import { rowTriggersOf } from './row-triggers.js';
import { quoted, schemaPrefix } from './trigger-names.js';
import { inSchema, type RowTrigger } from './trigger-sql.js';

interface FoundTrigger {
  readonly name: string;
  readonly table: string;
  readonly schema: string;
  readonly usual: string;
  readonly enabled: string;
  /** Whether it has its tables of old and new rows. */
  readonly sound: boolean;
}

const FIND_TRIGGERS = `select t.tgname as name, c.relname as "table", n.nspname as schema, current_schema() as usual, t.tgenabled::text as enabled, t.tgnargs > 0 as sound
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and t.tgname ~ '^signals_(insert|update|delete)_[0-9a-f]{8}$'`;

/** A table of the same name without the columns that are sent is none of the entity. */
const FIND_TABLES = `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relname = ? and c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)'
    and not exists (select from json_array_elements_text(?::json) sent (name)
      where not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = sent.name and not a.attisdropped))`;

/** How many tables the message names before it only counts the rest: there may be thousands of tenants. */
const SHOWN_TABLES = 20;

/**
 * Compares the triggers of the database with those that the entities ask for.
 *
 * @throws {SignalError} `TRIGGERS_MISSING`
 */
export async function checkTriggers(root: KnownEntityManager): Promise<void> {
  const found = await query<FoundTrigger>(root, FIND_TRIGGERS, []);
  const tables: Drift[] = [];
  for (const meta of root.getMetadata().getAll().values()) {
    const expected = rowTriggersOf(meta);
    for (const schema of await schemasOf(expected, found, root)) tables.push(driftOf(expected, schema, found));
  }
  const drifted = tables.filter(({ steps }) => steps.length > 0);
  if (drifted.length > 0) throw triggersMissing(drifted);
}

/** The schemas that have the table of these triggers: those of all tenants, or one, which is undefined where it has no name. */
async function schemasOf(expected: readonly RowTrigger[], found: readonly FoundTrigger[], root: KnownEntityManager) {
  const [first] = expected;
  if (!first) return [];
  const { schema } = first.table;
  return schema === '*' ? tenantsOf(first, found, root) : [schema];
}

/**
 * Returns the schemas that have the table of an entity of the schema `*`: those of its tenants. Left out are schemas that MikroORM's
 * schema tools ignore, and those of other entities whose tables have the name.
 */
async function tenantsOf({ table, columns }: RowTrigger, found: readonly FoundTrigger[], root: KnownEntityManager) {
  // A table of this name that has triggers of ours is no other program's.
  const signalled = found.filter(one => one.table === table.name).map(({ schema }) => schema);
  const tables = await query<{ schema: string }>(root, FIND_TABLES, [table.name, JSON.stringify(columns.sent)]);
  const { ignoreSchema = [] } = root.config.get('schemaGenerator');
  const usual = root.config.get('schema') ?? root.getPlatform().getDefaultSchemaName();
  const metas = [...root.getMetadata().getAll().values()] as EntityMetadata[];
  const others = metas.filter(({ tableName }) => tableName === table.name).map(({ schema }) => schema ?? usual);
  const tenants = tables.map(({ schema }) => schema).filter(schema => !ignoreSchema.includes(schema));
  return [...new Set([...tenants, ...signalled])].filter(schema => !others.includes(schema)).toSorted();
}

/** A table, and the statements after which it has the triggers that are expected and no others of ours. */
interface Drift {
  readonly table: string;
  readonly steps: readonly string[];
}

function driftOf(expected: readonly RowTrigger[], schema: string | undefined, found: readonly FoundTrigger[]): Drift {
  // Without triggers there is no table to look at.
  const { name: table } = expected[0]!.table;
  const there = found.filter(one => one.table === table && one.schema === (schema ?? one.usual));
  const on = schemaPrefix(schema) + quoted(table);
  const stale = there.filter(one => !one.sound || !expected.some(({ name }) => name === one.name));
  const missing = expected.filter(({ name }) => !there.some(one => one.sound && one.name === name));
  const disabled = there.filter(one => !stale.includes(one) && !['O', 'A'].includes(one.enabled));
  const steps = [
    ...stale.map(({ name }) => `drop trigger ${quoted(name)} on ${on}`),
    ...missing.map(trigger => inSchema(trigger.expression, trigger, schema)),
    ...disabled.map(({ name }) => `alter table ${on} enable trigger ${quoted(name)}`),
  ];
  return { table: schema === undefined ? table : `${schema}.${table}`, steps };
}

function triggersMissing(drifted: readonly Drift[]): SignalError {
  const shown = drifted.slice(0, SHOWN_TABLES);
  const more = drifted.length > shown.length ? ` and ${drifted.length - shown.length} more` : '';
  return new SignalError('TRIGGERS_MISSING', {
    what: `The triggers that note changes of rows are not those that the entities ask for: ${shown.map(({ table }) => table).join(', ')}${more}.`,
    at: 'the start of the application',
    fix: `make a migration, of tenants with \`orm.schema.update({ schema })\` for each; or run the SQL below${more && ', which is for those with a name here'}:\n\n${shown.flatMap(({ steps }) => steps).join(';\n')};`,
  });
}
