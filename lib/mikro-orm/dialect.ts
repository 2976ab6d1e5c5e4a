import type { EntityManager } from '@mikro-orm/core';

// A database is known by what no other has, because no driver is imported.

export function isPostgres(em: EntityManager): boolean {
  return em.getPlatform().getDefaultSchemaName() === 'public';
}

/** Whether it is MySQL or MariaDB. */
export function isMySql(em: EntityManager): boolean {
  return em.getPlatform().getDefaultCharset() === 'utf8mb4';
}

/** MongoDB has no pivot tables. */
export function isSql(em: EntityManager): boolean {
  return em.getPlatform().usesPivotTable();
}
