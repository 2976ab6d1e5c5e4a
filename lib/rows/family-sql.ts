import { ROW_LEAF } from '../core/index.js';
import { type RowJobs, type RowOperation, quoted, rowChangeTable } from './trigger-names.js';

/** The tables of the entities that one entity extends, and of those that extend it, where each has a table of its own. */
export interface Family {
  readonly above: readonly FamilyTable[];
  /** The tables below, each after the one that it extends. */
  readonly below: readonly FamilyTable[];
}

export interface FamilyTable {
  /** Undefined for the schema of the table with the trigger. */
  readonly schema: string | undefined;
  readonly name: string;
}

/** Parts of the body of a trigger's function. */
export interface BodyParts {
  readonly declared: string;
  readonly before: string;
  /** The old row `o` and the new row `n` as they are noted. */
  readonly old: string;
  readonly new: string;
}

const NO_FAMILY: BodyParts = { declared: '', before: '', old: 'o.j', new: 'n.j' };

/** Variables of a transaction: each is a number of a change, and what is looked for has a higher one. */
const INSERTED = 'signals.inserted';
const GONE = 'signals.gone';
const STATEMENT = 'signals.statement';

/** Variables of the function; no column has such a name. */
const [HERE, LOST, KEYS, QUERY, AFTER, COUNT, SPAN] = 'here lost keys query after count span'
  .split(' ')
  .map(name => `"signals ${name}"`);
const DECLARED = `declare ${HERE} jsonb; ${LOST} jsonb; ${KEYS} jsonb; ${QUERY} text; ${AFTER} bigint; ${COUNT} bigint; ${SPAN} bigint; `;

/** At the end of a row. */
const NOTED_LEAF = `,"${ROW_LEAF}":(?:null|"(?:[^"\\\\]|\\\\.)*")}$`;
const NONE = `${2n ** 63n - 1n}`;
/** Changes that are looked at first for those of a statement before. */
const FIRST_SPAN = 1000;

/**
 * Has each row of a table that others extend noted with the table of its leaf. An update finds it in the tables below. Of a row that is
 * inserted or deleted, the part below is noted in the same transaction: first above, where it is inserted or a delete cascades, and then
 * that of the leaf is added by the trigger below; or first below, where a program deletes so.
 */
export class FamilySql {
  private readonly changes = rowChangeTable(this.jobs.schema);
  private readonly last = `coalesce(pg_sequence_last_value(pg_get_serial_sequence(${literal(this.changes)}, 'id')::regclass), 0)::text`;
  private readonly isAllMarked = `${COUNT} = ${this.family.above.length} * (select count(*) from jsonb_object_keys(${KEYS}))`;

  constructor(
    private readonly family: Family,
    private readonly key: readonly string[],
    private readonly jobs: RowJobs,
  ) {}

  parts(operation: RowOperation): BodyParts {
    const { above, below } = this.family;
    if (above.length + below.length === 0) return NO_FAMILY;
    const marking = above.length > 0 ? this.marking(operation) : [];
    const finding = below.length > 0 ? this.finding(operation) : [];
    const parts = { declared: DECLARED, before: [...marking, ...finding].map(statement => `${statement}; `).join('') };
    if (below.length === 0) return { ...NO_FAMILY, ...parts };
    const [lost, here] = [`${LOST} ->> ${this.keyIn('o.j')}`, `${HERE} ->> ${this.keyIn('n.j')}`];
    const old = operation === 'update' ? `case when n.j is null then ${lost} else ${here} end` : lost;
    return { ...parts, old: withLeaf('o.j', old), new: withLeaf('n.j', operation === 'insert' ? 'null::text' : here) };
  }

  /** The rows of this statement are the leaves of rows above. */
  private marking(operation: RowOperation): string[] {
    const [old, now] = [this.keysOf('old_rows'), this.keysOf('new_rows')];
    const since = `${AFTER} := ${SINCE_STATEMENT}`;
    const remember = `if not ${this.isAllMarked} then ${this.setOnce(GONE)}; end if`;
    if (operation === 'insert') return [`if ${numberOf(INSERTED)} <> ${NONE} then ${this.markInserted(now)}; end if`];
    if (operation === 'delete')
      return [this.keysInto(old), `if ${KEYS} is not null then ${since}; ${this.mark('delete')}; ${remember}; end if`];
    const deleted = `${this.keysInto(`${old} except ${now}`)}; ${since}; ${this.mark('delete')}; ${remember}`;
    return [this.ifMoved(`${deleted}; ${this.keysInto(`${now} except ${old}`)}; ${this.mark('insert')}`)];
  }

  /** Marks the rows that an earlier statement, often the last one, inserted into the tables above. */
  private markInserted(keys: string): string {
    const from = `${AFTER} := greatest(${numberOf(INSERTED)}, ${this.last}::bigint - ${SPAN})`;
    const found = `${this.isAllMarked} or ${AFTER} = ${numberOf(INSERTED)}`;
    const wider = `${SPAN} := ${SPAN} * 8`;
    return `${this.keysInto(keys)}; ${SPAN} := ${FIRST_SPAN}; while ${KEYS} is not null loop ${from}; ${this.mark('insert')}; exit when ${found}; ${wider}; end loop`;
  }

  /** The leaves of the rows of this statement, as far as they are known. */
  private finding(operation: RowOperation): string[] {
    if (operation === 'insert') return [this.setOnce(INSERTED)];
    const forget = this.family.above.length === 0 ? ` ${this.forgetLost()};` : '';
    const lost = `if ${SINCE_STATEMENT} = ${NONE} then perform set_config('${STATEMENT}', ${STATEMENT_ID} || ' ' || ${this.last}, true); end if; if ${numberOf(GONE)} <> ${NONE} then ${this.findLost()};${forget} end if`;
    return operation === 'delete' ? [lost] : [this.ifMoved(lost), ...this.findHere()];
  }

  /** Where an update has changed a key. */
  private ifMoved(statements: string): string {
    return `if exists (${this.keysOf('old_rows')} except ${this.keysOf('new_rows')}) then ${statements}; end if`;
  }

  /** Marks the last insert with the key, or for a delete its last change: a key may come again in one transaction. */
  private mark(operation: 'insert' | 'delete'): string {
    const row = operation === 'insert' ? 'new' : 'old';
    const noted = this.keyIn(operation === 'insert' ? 'c.new' : 'coalesce(c.new, c.old)');
    const tables = this.family.above.map(table => `(${schemaOf(table)}, ${literal(table.name)})`).join(', ');
    const last = `select distinct on (c.table_schema, c.table_name, ${noted}) c.id, c.operation from ${this.changes} c where ${OWN} and (c.table_schema, c.table_name) in (${tables})${operation === 'insert' ? ` and c.operation = 'insert'` : ''} and (${KEYS} -> ${noted}) is not null order by c.table_schema, c.table_name, ${noted}, c.id desc`;
    const names = this.family.above.map(({ name }) => literal(name)).join(', ');
    const marked = `(regexp_replace(m.${row}::text, ${literal(NOTED_LEAF)}, '') || ',"${ROW_LEAF}":' || to_json(tg_table_name::text)::text || '}')::json`;
    return `update ${this.changes} m set ${row} = ${marked} from (${last}) l where m.id = l.id and l.operation = '${operation}' and coalesce(m.${row} ->> '${ROW_LEAF}', '') in ('', ${names}); get diagnostics ${COUNT} = row_count`;
  }

  private setOnce(variable: string): string {
    return `if ${numberOf(variable)} = ${NONE} then perform set_config('${variable}', ${this.last}, true); end if`;
  }

  /** By key, the leaves of rows that were deleted below. */
  private findLost(): string {
    const leaves = `select jsonb_object_agg(${this.keyIn('c.old')}, d.name order by d.depth) into ${LOST} from ${this.changes} c, ${this.below} where ${OWN} and c.operation = 'delete' and c.table_schema = d.schema and c.table_name = d.name`;
    return `${AFTER} := ${numberOf(GONE)}; ${leaves}`;
  }

  /** After this statement: what cascades looks for them, too. */
  private forgetLost(): string {
    const found = `select count(*) from (${this.keysOf('old_rows')}) x where (${LOST} -> x.k) is not null`;
    return `if (${found}) = (select count(*) from jsonb_object_keys(${LOST})) then perform set_config('${GONE}', ${AFTER} || ' ' || ${STATEMENT_ID}, true); end if`;
  }

  /** By key, the leaves of rows that are below now. The schema is known only when the trigger runs, and so is which tables are there. */
  private findHere(): string[] {
    const columns = this.key.map(name => `r.${quoted(name)}`).join(', ');
    const join = this.key.map(name => `c.${quoted(name)} = r.${quoted(name)}`).join(' and ');
    const one = `format('select row_to_json(k) as j, %L as leaf, %s as depth from (select %s from new_rows r join %I.%I c on %s) k', d.name, d.depth, ${literal(columns)}, d.schema, d.name, ${literal(join)})`;
    return [
      `select string_agg(${one}, ' union all ') into ${QUERY} from ${this.below} where to_regclass(format('%I.%I', d.schema, d.name)) is not null`,
      `if ${QUERY} is not null then execute format('select jsonb_object_agg(%s, x.leaf order by x.depth) from (%s) x', ${literal(this.keyIn('x.j'))}, ${QUERY}) into ${HERE}; end if`,
    ];
  }

  private get below(): string {
    const rows = this.family.below.map((table, at) => `(${schemaOf(table)}, ${literal(table.name)}, ${at})`);
    return `(values ${rows.join(', ')}) d (schema, name, depth)`;
  }

  private keysInto(keys: string): string {
    return `select jsonb_object_agg(x.k, true) into ${KEYS} from (${keys}) x`;
  }

  private keysOf(rows: string): string {
    const columns = this.key.map(quoted).join(', ');
    return `select ${this.keyIn('y.j')} as k from (select row_to_json(r) as j from (select ${columns} from ${rows}) r) y`;
  }

  /** The key of a row of JSON, as text. */
  private keyIn(row: string): string {
    const parts = this.key.map(name => `${row} ->> ${literal(name)}`);
    return parts.length === 1 ? `(${parts[0]})` : `json_build_array(${parts.join(', ')})::text`;
  }
}

/** The condition for changes of this transaction. */
const OWN = `c.id > ${AFTER} and c.transaction_id = pg_current_xact_id()::text`;
const STATEMENT_ID = `extract(epoch from statement_timestamp())::text`;
/** The number before the first change of this statement of a client: what cascades is part of it. */
const SINCE_STATEMENT = `coalesce(substring(current_setting('${STATEMENT}', true) from '^' || ${STATEMENT_ID} || ' ([0-9]{1,18})$')::bigint, ${NONE})`;

/** Any session may set a variable to any text. After a number may stand the only statement that it is for. */
function numberOf(variable: string): string {
  return `coalesce(substring(current_setting('${variable}', true) from '^([0-9]{1,18})(?: ' || ${STATEMENT_ID} || ')?$')::bigint, ${NONE})`;
}

function schemaOf({ schema }: FamilyTable): string {
  return schema === undefined ? 'tg_table_schema::text' : literal(schema);
}

function withLeaf(row: string, leaf: string): string {
  return `(left(${row}::text, -1) || ',"${ROW_LEAF}":' || coalesce(to_json(${leaf})::text, 'null') || '}')::json`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
