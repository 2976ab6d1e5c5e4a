import type { EntityManager } from '@mikro-orm/core';

// Databases are recognized by their properties, because no driver is imported.

/** Returns whether the database is PostgreSQL. */
export function isPostgres(em: EntityManager): boolean {
  return em.getPlatform().getDefaultSchemaName() === 'public';
}

/** Returns whether the database is MySQL or MariaDB. */
export function isMySql(em: EntityManager): boolean {
  return em.getPlatform().getDefaultCharset() === 'utf8mb4';
}

/** Returns whether the database speaks SQL: MongoDB has no pivot tables. */
export function isSql(em: EntityManager): boolean {
  return em.getPlatform().usesPivotTable();
}

/** Runs a statement on the connection that writes; in the transaction, if one is given. */
export async function runSql(
  em: EntityManager,
  sql: string,
  parameters: unknown[] = [],
  transaction?: object,
): Promise<Record<string, unknown> | undefined> {
  return em.getConnection('write').execute(sql, parameters, 'get', transaction);
}

/** Returns the driver with the methods that are used of it: MikroORM's own type has none of SQL (7.2.1). */
export function sqlDriverOf<Used extends object>(em: EntityManager): Used {
  const driver: object = em.getDriver();
  return driver as Used;
}
