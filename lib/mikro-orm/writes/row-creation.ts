import { type Dictionary, type EntityManager, type EntityMetadata, helper, raw, Utils } from '@mikro-orm/core';

/** What is used of the drivers for SQL. */
interface SqlDriver {
  createQueryBuilder(entity: unknown, transaction: unknown, connection: 'write'): RowQuery;
}

interface RowQuery {
  withSchema(schema: string | undefined): this;
  select(what: unknown): this;
  where(where: object): this;
  limit(rows: number): this;
  execute(method: 'get'): Promise<Record<string, unknown> | null | undefined>;
}

/**
 * Whether an upsert has made a new row. PostgreSQL marks a row version that replaced another (`xmax`), but not one
 * that `onConflictAction: 'ignore'` left alone; so it is looked for before, too.
 */
export class RowCreation {
  /** Whether a row was there before, by the unique values that it has. */
  private readonly seen = new WeakMap<EntityManager, Map<string, boolean>>();

  async look(em: EntityManager, meta: EntityMetadata, given: object): Promise<void> {
    if (!isPostgres(em)) return;
    const wheres = uniqueValues(meta, given);
    if (wheres.length === 0) return;
    const row = await rowQuery(em, meta).select(raw('1 as found')).where({ $or: wheres }).limit(1).execute('get');
    const seen = this.seen.get(em) ?? new Map<string, boolean>();
    this.seen.set(em, seen);
    for (const where of wheres) seen.set(keyOf(meta, where), Boolean(row));
  }

  async wasCreated(em: EntityManager, meta: EntityMetadata, entity: object): Promise<boolean | undefined> {
    const seen = this.seen.get(em);
    const keys = uniqueValues(meta, entity).map(where => keyOf(meta, where));
    const existed = keys.map(key => seen?.get(key)).find(found => found !== undefined);
    for (const key of keys) seen?.delete(key);
    if (existed !== false) return existed && false;
    const row = await rowQuery(em, meta)
      .select(raw('xmax = 0 as created'))
      .where(helper(entity).getPrimaryKey() as object)
      .execute('get');
    return row?.created as boolean | undefined;
  }
}

function rowQuery(em: EntityManager, meta: EntityMetadata): RowQuery {
  const driver = em.getDriver() as unknown as SqlDriver;
  return driver.createQueryBuilder(meta.class, em.getTransactionContext(), 'write').withSchema(em.schema);
}

/** Told by what no other database has, because the drivers are not imported. */
function isPostgres(em: EntityManager): boolean {
  return em.getPlatform().getDefaultSchemaName() === 'public';
}

/** The sets of unique values that are complete: the primary key, and each unique constraint. */
function uniqueValues(meta: EntityMetadata, given: object): Dictionary[] {
  const constraints = [
    meta.primaryKeys,
    ...meta.uniqueProps.map(({ name }) => [name]),
    ...meta.uniques.map(({ properties }) => Utils.asArray(properties)),
  ];
  const values = given as Dictionary;
  const complete = constraints.filter(names => names.length > 0 && names.every(name => isScalar(values[name])));
  return complete.map(names => Object.fromEntries(names.map(name => [name, values[name] as unknown])));
}

function isScalar(value: unknown): boolean {
  return value instanceof Date || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function keyOf({ className }: EntityMetadata, where: Dictionary): string {
  const values = Object.entries(where).map(
    ([name, value]) => `${name}=${value instanceof Date ? value.getTime() : value}`,
  );
  return [className, ...values].join(' ');
}
