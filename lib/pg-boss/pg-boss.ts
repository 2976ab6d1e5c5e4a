import type { DurableBackend } from '../durable/index.js';
import { type PgBossOptions, settingsOf } from './options.js';
import { withPgBoss } from './starting/installed.js';

/**
 * Keeps durable messages in the PostgreSQL database of a MikroORM, with pg-boss 12.
 *
 * Its schema is created when the application starts, unless `migrate` is false. Several processes may start at once.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; at start `PEER_NOT_SUPPORTED`, `SCHEMA_MISSING`,
 * `DELIVERY_NOT_AVAILABLE`.
 */
export function pgBoss(options: PgBossOptions = {}): DurableBackend {
  const settings = settingsOf(options);
  return {
    rows: settings.rows,
    async link(application) {
      const { PgBossLink } = await withPgBoss(() => import('./pg-boss-link.js'));
      return new PgBossLink(application, settings);
    },
  };
}
