import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { isPostgres } from '../dialect.js';
import type { Values } from '../keys.js';
import { raw } from '../peer.js';
import { type UniqueValues, uniqueValues } from './unique-values.js';

/** What is used of the drivers for SQL. */
interface SqlDriver {
  createQueryBuilder(entity: unknown, transaction: unknown, connection: 'write', convertCustomTypes: true): RowQuery;
  getSchemaName(meta: EntityMetadata, options: { schema: string | undefined }): string | undefined;
}

interface RowQuery {
  withSchema(schema: string | undefined): this;
  select(what: unknown): this;
  where(where: object): this;
  limit(rows: number): this;
  execute(method: 'get'): Promise<Record<string, unknown> | null | undefined>;
}

/** One look for the row of an upsert that is under way. */
interface Look {
  readonly keys: readonly string[];
  /** Undefined where it has no unique values that are complete. */
  readonly isFound: boolean | undefined;
}

/**
 * Whether an upsert has made a new row. PostgreSQL marks a row version that replaced another (`xmax`), but not one
 * that `onConflictAction: 'ignore'` left alone; so it is looked for before, too.
 */
export class RowCreation {
  private readonly looks = new WeakMap<EntityManager, Look[]>();

  async look(em: EntityManager, meta: EntityMetadata, given: object): Promise<void> {
    if (!isPostgres(em)) return;
    const unique = uniqueValues(meta, given as Values);
    const isFound = unique.length > 0 ? await isThere(em, meta, unique) : undefined;
    const looks = this.looks.get(em) ?? [];
    this.looks.set(em, looks);
    looks.push({ keys: unique.map(({ key }) => key), isFound });
  }

  async wasCreated(em: EntityManager, meta: EntityMetadata, entity: object): Promise<boolean | undefined> {
    const unique = uniqueValues(meta, entity as Values);
    const isFound = this.take(em, unique)?.isFound;
    if (isFound !== false) return isFound && false;
    const row = await rowQuery(em, meta).select(raw('xmax = 0 as created')).where(unique[0]!.where).execute('get');
    return row?.created as boolean | undefined;
  }

  /** The last one for any of these: what is older was for an upsert that failed. */
  private take(em: EntityManager, unique: readonly UniqueValues[]): Look | undefined {
    const looks = this.looks.get(em) ?? [];
    const matching = looks.findLastIndex(({ keys }) => unique.some(({ key }) => keys.includes(key)));
    // MikroORM 7.2.1 may lose a key that leads over several composite ones.
    const at = matching < 0 && looks.length === 1 ? 0 : matching;
    return at < 0 ? undefined : looks.splice(at, 1)[0];
  }
}

async function isThere(em: EntityManager, meta: EntityMetadata, unique: readonly UniqueValues[]): Promise<boolean> {
  const $or = unique.map(({ where }) => where);
  const row = await rowQuery(em, meta).select(raw('1 as found')).where({ $or }).limit(1).execute('get');
  return Boolean(row);
}

function rowQuery(em: EntityManager, meta: EntityMetadata): RowQuery {
  const driver = em.getDriver() as unknown as SqlDriver;
  const schema = driver.getSchemaName(meta, { schema: em.schema });
  return driver.createQueryBuilder(meta.class, em.getTransactionContext(), 'write', true).withSchema(schema);
}
