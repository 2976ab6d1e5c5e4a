import type { EntityMetadata } from '@mikro-orm/core';
import { type KnownEntityManager, SignalError } from '../core/index.js';
import { query } from './row-change-table.js';
import { rowTriggersOf } from './row-triggers.js';
import { quoted, type RowTrigger } from './trigger-sql.js';

interface FoundTrigger {
  readonly name: string;
  readonly table: string;
  readonly schema: string;
  readonly usual: string;
  readonly enabled: string;
  /** Whether it has its tables of old and new rows. */
  readonly sound: boolean;
}

const FIND = `select t.tgname as name, c.relname as "table", n.nspname as schema, current_schema() as usual, t.tgenabled::text as enabled, t.tgnargs > 0 as sound
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and t.tgname ~ '^signals_(insert|update|delete)_[0-9a-f]{8}$'`;

/**
 * Compares the triggers of the database with those that the entities ask for.
 *
 * @throws {SignalError} `TRIGGERS_MISSING`
 */
export async function checkTriggers(root: KnownEntityManager): Promise<void> {
  const found = await query<FoundTrigger>(root, FIND, []);
  const metas = [...root.getMetadata().getAll().values()] as EntityMetadata[];
  const steps = metas.flatMap(meta => stepsFor(rowTriggersOf(meta), found));
  if (steps.length === 0) return;
  throw new SignalError('TRIGGERS_MISSING', {
    what: `The triggers that note changes of rows are not those that the entities ask for: ${[...new Set(steps.map(({ table }) => table))].join(', ')}.`,
    at: 'the start of the application',
    fix: `make a migration, or run the SQL below:\n\n${steps.map(({ sql }) => sql).join(';\n')};`,
  });
}

/** Returns the statements after which a table has these triggers and no others of ours. */
function stepsFor(expected: readonly RowTrigger[], found: readonly FoundTrigger[]) {
  const [first] = expected;
  if (!first) return [];
  const { table } = first;
  const there = found.filter(one => one.table === table.name && one.schema === (table.schema ?? one.usual));
  const on = `${table.schema === undefined ? '' : `${quoted(table.schema)}.`}${quoted(table.name)}`;
  const stale = there.filter(one => !one.sound || !expected.some(({ name }) => name === one.name));
  const missing = expected.filter(({ name }) => !there.some(one => one.sound && one.name === name));
  const disabled = there.filter(one => !stale.includes(one) && !['O', 'A'].includes(one.enabled));
  return [
    ...stale.map(({ name }) => ({ table: table.name, sql: `drop trigger ${quoted(name)} on ${on}` })),
    ...missing.map(({ expression }) => ({ table: table.name, sql: expression })),
    ...disabled.map(({ name }) => ({ table: table.name, sql: `alter table ${on} enable trigger ${quoted(name)}` })),
  ];
}
