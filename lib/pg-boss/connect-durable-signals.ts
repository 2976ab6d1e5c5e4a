import { SignalError } from '../core/index.js';
import { type PgBossOptions, settingsOf } from './options.js';
import type { DurableConnection } from './durable-connection.js';
import { withPgBoss } from './starting/installed.js';

/**
 * Connects to the durable messages in a database: for scripts and for the command line. It stores and delivers nothing, and
 * `counts()` calls every receiver `parked`, because there is none here.
 *
 * @param options - `schema` and `open` as `pgBoss()` has them.
 * @throws {SignalError} `DATABASE_UNREACHABLE`, `SCHEMA_MISSING`, `UNKNOWN_OPTION`
 */
export async function connectDurableSignals({
  url,
  ...options
}: { readonly url: string } & Pick<PgBossOptions, 'schema' | 'seal' | 'open'>): Promise<DurableConnection> {
  const settings = settingsOf(options);
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) throw notUrl();
  const { connectByUrl } = await withPgBoss(() => import('./durable-connection.js'));
  return connectByUrl(url, settings);
}

/** The URL itself may hold a password. */
function notUrl(): SignalError {
  return new SignalError('DATABASE_UNREACHABLE', {
    what: 'The URL of the database is no URL of PostgreSQL.',
    at: 'connectDurableSignals({ url })',
    fix: 'give it as in postgresql://user:password@host:5432/database.',
  });
}
