import type { KnownEntityManager } from '../core/index.js';
import { type DurableCounts, sqlOf } from '../durable/index.js';
import { type RowOperation, failedTable, rowChangeTable } from './trigger-names.js';

/** A change as its trigger has noted it. */
export interface NotedChange {
  readonly id: string;
  readonly transaction_id: string;
  /** Milliseconds since 1970. */
  readonly changed_at: string;
  readonly table_schema: string;
  readonly table_name: string;
  readonly operation: RowOperation;
  readonly context: string | null;
  readonly old: string | null;
  readonly new: string | null;
}

/**
 * Numbers of changes. Below them may be what has been deleted and not been cleaned up, because an old transaction might still
 * read it: to begin at the lowest number for each portion would visit all of that again.
 */
export interface Range {
  readonly after: string;
  /** The last one that the first portion of the run has seen. A change with a higher number may follow one that it has not. */
  readonly last: string;
}

/** Changes that were taken at once. */
export interface Portion {
  readonly changes: readonly NotedChange[];
  /** Undefined where nothing is left of what the first portion has seen. */
  readonly rest: Range | undefined;
}

/** The changes that have not been sent, and those that could not be: they are dead. */
type Backlog = Pick<DurableCounts, 'waiting' | 'oldestMs' | 'dead'>;

const NOTHING: Backlog = { waiting: 0, oldestMs: 0, dead: 0 };

/** The columns of a change that both tables have: all except its number. */
const COLUMNS = 'transaction_id, changed_at, table_schema, table_name, operation, context, old, new';
/** The most bytes of one portion, as they are read: a megabyte of one letter is stored in twelve kilobytes. */
const PORTION_BYTES = 8 * 1024 * 1024;
const SIZE = 'coalesce(octet_length(old::text), 0)::bigint + coalesce(octet_length(new::text), 0)';
/** How far changes that wait are counted. */
const COUNTED = 100_000;
/** The number of the lock that relays of one schema take turns with; its other half is made of the name of the schema. */
const LOCK = 7_244_001;

/** The tables that changes of rows are noted in. */
export class RowChangeTable {
  private readonly table = rowChangeTable(this.schema);
  private readonly failed = failedTable(this.schema);
  /** How to have changes sent that were set aside, once the reason is gone. */
  readonly putBack = `with failed as (delete from ${this.failed} returning *) insert into ${this.table} (${COLUMNS}) select ${COLUMNS} from failed order by id`;

  constructor(private readonly schema: string) {}

  /** Whether it is there: the triggers come with it. */
  async exists(em: KnownEntityManager): Promise<boolean> {
    const [row] = await query<{ found: boolean }>(em, 'select to_regclass(?) is not null as found', [this.table]);
    return row?.found === true;
  }

  /** Whether this transaction may take changes: no other does until it ends. */
  async lock(em: KnownEntityManager): Promise<boolean> {
    const sql = 'select pg_try_advisory_xact_lock(?::int, hashtext(?)) as locked';
    const [row] = await query<{ locked: boolean }>(em, sql, [LOCK, this.schema]);
    return row?.locked === true;
  }

  /**
   * Takes the oldest changes, in the order in which they were noted. For one row that is the order of commits: a row is
   * locked until COMMIT, so that the next one to change it draws its number later.
   *
   * @param range - the rest of what the first portion of a run has seen.
   */
  async take(em: KnownEntityManager, limit: number, range?: Range): Promise<Portion> {
    const [after, until, andUntil, last] = range
      ? ['where id > ?::bigint', 'where id <= ?::bigint', 'and next.id <= ?::bigint', '?']
      : ['', '', '', `(select max(id)::text from ${this.table})`];
    const found = `select id, ctid as spot, ${SIZE} as size from ${this.table}`;
    // One by one, because to know the size of a value is to read all of it.
    // Without statistics PostgreSQL would look for ids by reading the whole table, for each portion; only a ctid leaves it no choice.
    const sql = `with recursive oldest (id, spot, bytes, place) as (
        (select id, spot, size, 1 from (${found} ${after} order by id limit 1) as lowest ${until})
        union all
        (select next.id, next.spot, bytes + next.size, place + 1 from oldest, lateral (${found} where id > oldest.id order by id limit 1) as next
          where place < ${limit} and bytes + next.size <= ${PORTION_BYTES} ${andUntil})),
      taken as (delete from ${this.table} where ctid = any(array(select spot from oldest)) returning *)
      select id::text, transaction_id, (extract(epoch from changed_at) * 1000)::text as changed_at, table_schema, table_name, operation, context,
        old::text, new::text, ${last} as last from taken order by taken.id`;
    const values = range ? [range.after, range.last, range.last, range.last] : [];
    const changes = await query<NotedChange & { readonly last: string }>(em, sql, values);
    const end = changes.at(-1);
    return { changes, rest: end && end.id !== end.last ? { after: end.id, last: end.last } : undefined };
  }

  async setAside(em: KnownEntityManager, change: NotedChange, error: string): Promise<void> {
    const { id, transaction_id, changed_at, table_schema, table_name, operation, context, old, new: now } = change;
    const sql = `insert into ${this.failed} (id, ${COLUMNS}, error)
      values (?, ?, to_timestamp(?::float8 / 1000), ?, ?, ?, ?, ?, ?, ?)`;
    const values = [id, transaction_id, changed_at, table_schema, table_name, operation, context, old, now];
    await query(em, sql, [...values, error.replaceAll('\0', '')]);
  }

  async backlog(em: KnownEntityManager): Promise<Backlog> {
    const sql = `select (select count(*) from (select 1 from ${this.table} limit ${COUNTED}) as counted)::int as waiting,
      coalesce((select extract(epoch from clock_timestamp() - changed_at) * 1000 from ${this.table} order by id limit 1), 0)::float8 as "oldestMs",
      (select count(*) from (select 1 from ${this.failed} limit ${COUNTED}) as counted)::int as dead`;
    const [backlog = NOTHING] = await query<Backlog>(em, sql, []);
    return { ...backlog, oldestMs: Math.max(0, Math.round(backlog.oldestMs)) };
  }
}

/** On the connection that writes; in the transaction of `em`, where it has one. */
export function query<Row>(
  em: KnownEntityManager,
  sql: string,
  params: readonly unknown[],
  transaction: object | undefined = em.getTransactionContext(),
): Promise<Row[]> {
  return sqlOf(em).execute<Row[]>(sql, params, 'all', transaction);
}
