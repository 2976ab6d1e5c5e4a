import { type KnownEntityManager, SignalError } from '../../core/index.js';
import { sqlOf } from '../../durable/index.js';

/** The first version that pg-boss 12 works with, as PostgreSQL counts. */
const OLDEST = 130_000;

/**
 * Refuses a server that is too old for the tables of pg-boss.
 *
 * @throws {SignalError} `DELIVERY_NOT_AVAILABLE`
 */
export async function checkServer(em: KnownEntityManager): Promise<void> {
  const sql = `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
  const { number, version } = await sqlOf(em).execute<{ number: number; version: string }>(sql, [], 'get');
  if (number >= OLDEST) return;
  throw new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `The server of the MikroORM '${em.name}' is PostgreSQL ${version}, and durable messages and row changes need PostgreSQL 13 or newer.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: 'upgrade the server.',
  });
}
