import type { EntityManager, EntityMetadata, MikroORM } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import type { Values } from '../properties.js';
import { shadow } from '../receiver/shadow.js';
import { isPostgres, sqlDriverOf } from '../sql.js';
import { hasGivenUp } from '../transactions/server-transaction.js';
import { type UniqueValues, uniqueValues } from './unique-values.js';
import { getOrInsert } from '../../core/index.js';

/** The schema and the transaction of an upsert. */
interface Target {
  readonly schema?: string;
  readonly ctx?: { readonly isCommitted?: boolean; readonly isRolledBack?: boolean };
}

/** The options that a driver is given with a statement. */
interface StatementOptions extends Target {
  readonly upsert?: boolean;
  /** `id` is that of the EntityManager. */
  readonly loggerContext?: { readonly id?: unknown };
}

type Statement = (
  this: SqlDriver,
  entity: unknown,
  where: unknown,
  data: unknown,
  options?: StatementOptions,
) => Promise<unknown>;

/** The methods that are used of the drivers for SQL. */
interface SqlDriver {
  nativeUpdate: Statement;
  nativeUpdateMany: Statement;
  createQueryBuilder(entity: unknown, transaction: unknown, connection: 'write', convertCustomTypes: true): RowQuery;
  getSchemaName(meta: EntityMetadata, options: { schema: string | undefined }): string | undefined;
}

interface RowQuery {
  withSchema(schema: string | undefined): this;
  select(what: unknown): this;
  where(where: object): this;
  limit(rows: number): this;
  /** Returns the row with the names of its columns, not those of the properties of the entity. */
  execute(method: 'get', mapResults: false): Promise<Record<string, unknown> | null | undefined>;
}

/** A search for the row of an upsert that is under way. */
interface Look {
  readonly target: Target;
  readonly keys: readonly string[];
  /** Undefined if the row has no unique values that are complete, and if the search failed. */
  isFound: boolean | undefined;
}

/**
 * Finds out whether an upsert has made a new row. PostgreSQL marks a row version that replaced another (`xmax`), but not
 * one that `onConflictAction: 'ignore'` left alone; so the row is searched for before, too.
 */
export class RowCreation {
  private readonly looks = new WeakMap<EntityManager, Look[]>();
  /** The searches to be made once the schema and the transaction are known, by the EntityManager's id. */
  private readonly due = new Map<unknown, ((target: Target) => Promise<void>)[]>();

  /** Replaces two methods of the driver: only the statement of an upsert knows its options (MikroORM 7.2.1). */
  constructor(orm: MikroORM) {
    if (!isPostgres(orm.em)) return;
    const driver = sqlDriverOf<SqlDriver>(orm.em);
    for (const method of ['nativeUpdate', 'nativeUpdateMany'] as const) {
      const own = driver[method];
      const lookFirst = (options: StatementOptions | undefined, run: () => Promise<unknown>) =>
        options?.upsert && this.due.size > 0 ? this.lookBefore(options, run) : run();
      // A driver that reads from the writer inherits from this one.
      shadow(driver, method, function (entity, where, data, options) {
        return lookFirst(options, () => own.call(this, entity, where, data, options));
      });
    }
  }

  /** Has the row searched for before the statement. */
  expect(em: EntityManager, meta: EntityMetadata, row: object): void {
    if (!isPostgres(em)) return;
    const looks = getOrInsert(this.looks, em, () => []);
    getOrInsert(this.due, em.id, () => []).push(async target => {
      const unique = uniqueValues(meta, row as Values);
      const look: Look = { target, keys: unique.map(({ key }) => key), isFound: undefined };
      looks.push(look);
      if (unique.length === 0) return;
      const query = rowQuery(em, meta, target).select(mikroOrm.raw('1 as found'));
      const found = query.where({ $or: unique.map(({ where }) => where) }).limit(1);
      look.isFound = Boolean(await found.execute('get', false));
    });
  }

  /** Makes the searches. One that fails leaves `created` unknown; it is thrown only if it has ended the transaction. */
  private async lookBefore(options: StatementOptions, run: () => Promise<unknown>): Promise<unknown> {
    const id = options.loggerContext?.id;
    const due = this.due.get(id) ?? [];
    this.due.delete(id);
    const failures: unknown[] = [];
    for (const look of due) await look(options).catch((error: unknown) => failures.push(error));
    return run().catch((error: unknown) => {
      throw failures.length > 0 && hasGivenUp(error) ? failures[0] : error;
    });
  }

  async wasCreated(em: EntityManager, meta: EntityMetadata, entity: object): Promise<boolean | undefined> {
    const unique = uniqueValues(meta, entity as Values);
    const look = this.take(em, unique);
    const [first] = unique;
    if (look?.isFound !== false || !first) return look?.isFound && false;
    const query = rowQuery(em, meta, look.target).select(mikroOrm.raw('xmax = 0 as created')).where(first.where);
    try {
      const row = await query.execute('get', false);
      return row?.created as boolean | undefined;
    } catch (error) {
      // The row is written, unless it is to be committed later, which this has made impossible.
      if (em.isInTransaction()) throw error;
      return undefined;
    }
  }

  /** Takes the last search for any of these: an older one was for an upsert that failed. */
  private take(em: EntityManager, unique: readonly UniqueValues[]): Look | undefined {
    const looks = this.looks.get(em) ?? [];
    const matching = looks.findLastIndex(({ keys }) => unique.some(({ key }) => keys.includes(key)));
    // MikroORM 7.2.1 may lose a key that leads over several composite ones.
    const at = matching < 0 && looks.length === 1 ? 0 : matching;
    return at < 0 ? undefined : looks.splice(at, 1)[0];
  }
}

function rowQuery(em: EntityManager, meta: EntityMetadata, { schema = em.schema, ctx }: Target): RowQuery {
  const driver = sqlDriverOf<SqlDriver>(em);
  // A transaction that MikroORM made for the statement alone is over.
  const transaction = ctx?.isCommitted || ctx?.isRolledBack ? em.getTransactionContext() : ctx;
  return driver
    .createQueryBuilder(meta.class, transaction, 'write', true)
    .withSchema(driver.getSchemaName(meta, { schema }));
}
