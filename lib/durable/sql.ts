import type { KnownEntityManager } from '../core/index.js';

/** The connection of a MikroORM with an SQL database; `trx` is the transaction of an EntityManager. */
interface SqlConnection {
  execute<Row = unknown>(sql: string, params?: readonly unknown[], method?: 'all' | 'get', trx?: unknown): Promise<Row>;
}

/** The connection that writes, of an engine's database: it takes SQL. */
export function sqlOf(em: KnownEntityManager): SqlConnection {
  const connection: object = em.getConnection('write');
  return connection as SqlConnection;
}
