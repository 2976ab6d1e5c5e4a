import { createHash } from 'node:crypto';
import type { TriggerDef } from '@mikro-orm/core';
import { type Family, FamilySql } from './family-sql.js';
import type { SentColumns } from './sent-columns.js';
import { failedTable, quoted, rowChangeTable, type RowJobs, type RowOperation, schemaPrefix } from './trigger-names.js';

/** A table whose changes are sent. */
export interface SignalledTable {
  /** Undefined for the schema that PostgreSQL looks into first; `*` if each tenant has the table in a schema of its own. */
  readonly schema: string | undefined;
  readonly name: string;
}

const OPERATIONS: readonly RowOperation[] = ['insert', 'update', 'delete'];
const TRANSITIONS: Readonly<Record<RowOperation, string>> = {
  insert: 'new table as new_rows',
  update: 'old table as old_rows new table as new_rows',
  delete: 'old table as old_rows',
};

/** PostgreSQL keeps as many bytes of a name. */
const LONGEST_NAME = 63;

/**
 * MikroORM reads triggers from the database without `REFERENCING`, and writes them so into `down()` where it has no snapshot: every
 * statement would fail. The argument is lost with it.
 */
const GUARD = `if tg_nargs = 0 then raise warning 'the trigger % of %.% notes nothing: it was made without its tables of old and new rows', tg_name, tg_table_schema, tg_table_name; return null; end if;`;

/** The channel on which triggers say that something has changed. */
export const ROWS_CHANNEL = 'signals_rows';
/** The variable of the session that says who is at work: JSON. */
export const CONTEXT_VARIABLE = 'signals.context';

/** A trigger that notes the changes of one kind. Its name changes with what it does, so that schema tools see the difference. */
export class RowTrigger implements TriggerDef {
  readonly name: string;
  readonly timing = 'after';
  readonly ['events']: TriggerDef['events'];
  readonly forEach = 'statement';
  readonly expression: string;

  constructor(
    readonly table: SignalledTable,
    readonly columns: SentColumns,
    operation: RowOperation,
    readonly jobs: RowJobs,
    family: Family,
  ) {
    this.events = [operation];
    const body = bodyOf(operation, columns, jobs, family);
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 8);
    this.name = `signals_${operation}_${hash}`;
    const where = table.schema === '*' ? placeOfSchema(this) : schemaPrefix(table.schema);
    const on = where + quoted(table.name);
    const run = where + quoted(functionName(table.name, this.name));
    this.expression = [
      tablesSql(jobs.schema),
      `create or replace function ${run}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as ${dollarQuoted(body)}`,
      `revoke all on function ${run}() from public`,
      `create trigger ${quoted(this.name)} after ${operation} on ${on} referencing ${TRANSITIONS[operation]} for each statement execute function ${run}('rows')`,
    ].join(';\n');
  }
}

/**
 * Stands in a statement where the schema of a tenant belongs. It is a comment: as it is, the statement is for the schema that PostgreSQL
 * looks into first.
 */
function placeOfSchema({ name }: Pick<TriggerDef, 'name'>): string {
  return `/*${name}*/`;
}

/** Returns the statement of a trigger for one schema; that of a trigger which has a schema as it is. */
export function inSchema(expression: string, trigger: Pick<TriggerDef, 'name'>, schema: string | undefined): string {
  return expression.replaceAll(placeOfSchema(trigger), () => schemaPrefix(schema));
}

/** The triggers of a table. */
export function triggersOf(table: SignalledTable, columns: SentColumns, jobs: RowJobs, family: Family): RowTrigger[] {
  return OPERATIONS.map(operation => new RowTrigger(table, columns, operation, jobs, family));
}

/** Makes the tables of changes, where they are not: a role that may not create anything runs it, too. */
function tablesSql(jobs: string): string {
  const columns = `id bigint generated always as identity primary key, transaction_id text not null default pg_current_xact_id()::text, changed_at timestamptz not null default clock_timestamp(), table_schema text not null, table_name text not null, operation text not null, context text, old json, new json`;
  const [table, failed] = [rowChangeTable(jobs), failedTable(jobs)];
  return `do $signals$ begin if to_regclass('${table.replaceAll("'", "''")}') is null then create schema if not exists ${quoted(jobs)}; create table ${table} (${columns}); create table ${failed} (${columns.replace(' generated always as identity', '')}, error text not null, failed_at timestamptz not null default now()); end if; end $signals$`;
}

/** In one line: MikroORM takes the end of a line for that of a statement. */
function bodyOf(operation: RowOperation, { key, sent }: SentColumns, jobs: RowJobs, family: Family): string {
  const parts = new FamilySql(family, key, jobs).parts(operation);
  const noted = `insert into ${rowChangeTable(jobs.schema)} (table_schema, table_name, operation, context, old, new) select tg_table_schema, tg_table_name`;
  const context = `nullif(current_setting('${CONTEXT_VARIABLE}', true), '')`;
  const rows = (from: string) =>
    `(select row_to_json(r) as j${key.map((name, at) => `, r.${quoted(name)} as k${at}`).join('')} from (select ${sent.map(quoted).join(', ')} from ${from}) r)`;
  const changed = {
    insert: `'insert', ${context}, null, ${parts.new} from ${rows('new_rows')} n`,
    delete: `'delete', ${context}, ${parts.old}, null from ${rows('old_rows')} o`,
    // What has another key now is a row less and a row more. Compared as text: not every type can be compared.
    update: `case when o.j is null then 'insert' when n.j is null then 'delete' else 'update' end, ${context}, ${parts.old}, ${parts.new} from ${rows('old_rows')} o full join ${rows('new_rows')} n on ${key.map((_, at) => `o.k${at} = n.k${at}`).join(' and ')} where o.j::text is distinct from n.j::text`,
  };
  const notify = jobs.notify ? ` if found then perform pg_notify('${ROWS_CHANNEL}', ''); end if;` : '';
  return `${parts.declared}begin ${GUARD} ${parts.before}${noted}, ${changed[operation]};${notify} return null; end`;
}

/** Returns the name that MikroORM gives the function of a trigger. Longer names would be cut, and no longer differ. */
function functionName(table: string, trigger: string): string {
  const name = `${table}_${trigger}_fn`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  return `${trigger}_${createHash('sha256').update(table).digest('hex').slice(0, 16)}_fn`;
}

/** A column may be named like the quotes. */
function dollarQuoted(body: string): string {
  let tag = '$signals$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `${tag} ${body} ${tag}`;
}
