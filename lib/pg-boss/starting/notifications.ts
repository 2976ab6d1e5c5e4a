import { PgBoss } from 'pg-boss';
import { channelSql } from '../job-table.js';

/** A connection that has gone silent is noticed within eight seconds, and made again. */
export const LISTEN_OPTIONS = { notifyHeartbeatIntervalMs: 4000, notifyHeartbeatTimeoutMs: 4000 } as const;

/** Only listens, on the server of this URL. */
export function directBoss(connectionString: string, schema: string): PgBoss {
  return new PgBoss({
    ...LISTEN_OPTIONS,
    connectionString,
    schema,
    migrate: false,
    max: 1,
    supervise: false,
    schedule: false,
    openTelemetry: { enabled: false },
  });
}

/**
 * Listens for what pg-boss says when something is stored. Without workers of pg-boss itself this is the only one who
 * does.
 *
 * @param notified - a queue has something new.
 * @param missed - notifications may have been missed, of whichever queue.
 */
export async function listen(
  boss: PgBoss,
  schema: string,
  notified: (queue: string) => void,
  missed: () => void,
): Promise<{ close(): Promise<void> } | undefined> {
  const db = boss.getDb();
  const { rows } = await db.executeSql(`SELECT ${channelSql(schema)} AS channel`);
  const [{ channel }] = rows as [{ channel: string }];
  return db.listen?.(channel, notified, missed);
}
