import { PgBoss } from 'pg-boss';
import { SignalError } from '../../core/index.js';
import { channelSql } from '../job-sql.js';

/** A connection that has gone silent is noticed within eight seconds, and made again. */
export const LISTEN_OPTIONS = { notifyHeartbeatIntervalMs: 4000, notifyHeartbeatTimeoutMs: 4000 } as const;

/**
 * Starts a pg-boss that only listens, on the server of this URL.
 *
 * @throws {SignalError} `DELIVERY_NOT_AVAILABLE`
 */
export async function startDirectBoss(
  connectionString: string,
  schema: string,
  failed: (error: Error) => void,
): Promise<PgBoss> {
  const boss = new PgBoss({
    ...LISTEN_OPTIONS,
    connectionString,
    schema,
    migrate: false,
    max: 1,
    supervise: false,
    schedule: false,
    openTelemetry: { enabled: false },
  });
  boss.on('error', failed);
  try {
    await boss.start();
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw cannotListen(error as Error);
  }
}

function cannotListen(cause: Error): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `The server that is to be listened to cannot be used: ${cause.message}.`,
    at: 'pgBoss({ listenUrl })',
    fix: 'give the URL of the PostgreSQL server itself, with the database that MikroORM uses.',
    cause,
  });
}

/**
 * Listens for the notifications that pg-boss sends when a message is stored. pg-boss itself listens for its own workers
 * only, and there are none.
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
