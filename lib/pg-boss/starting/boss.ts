import { type ConstructorOptions, PgBoss } from 'pg-boss';
import { SignalError } from '../../core/index.js';
import { channelSql } from '../job-sql.js';
import type { Settings } from '../options.js';
import type { DatabaseConnection } from './connection.js';

/** A connection that has gone silent is noticed within eight seconds, and made again. */
const LISTEN_OPTIONS = { notifyHeartbeatIntervalMs: 4000, notifyHeartbeatTimeoutMs: 4000 } as const;

/** Several machines may make the schema at once, and all but one of them must try again. */
const START_ATTEMPTS = 5;

/** Starts a pg-boss, which makes its tables. What PostgreSQL refuses to a role is not tried again. */
export async function startBoss(boss: PgBoss): Promise<void> {
  try {
    await boss.start();
  } catch (error) {
    if (isDenied(error)) throw error;
    await boss.start({ attempts: START_ATTEMPTS - 1 });
  }
}

/** Whether PostgreSQL has refused a role. */
export function isDenied(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === '42501';
}

/**
 * Starts a pg-boss that works on nothing and changes no table, on the server of this URL.
 *
 * @param unusable - the error where it cannot be started.
 */
export async function startBossOn(
  connectionString: string,
  options: Pick<ConstructorOptions, 'schema' | 'max'>,
  failed: (error: Error) => void,
  unusable: (cause: Error) => SignalError,
): Promise<PgBoss> {
  const passive = { migrate: false, supervise: false, schedule: false, openTelemetry: { enabled: false } };
  const boss = new PgBoss({ ...LISTEN_OPTIONS, ...passive, ...options, connectionString });
  boss.on('error', failed);
  try {
    await boss.start();
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw unusable(error as Error);
  }
}

export function cannotListen(cause: Error): SignalError {
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

/** How often pg-boss cleans up: what was completed a day ago, and messages that no process has a receiver for. */
const CLEAN_UP_SECONDS = 600;
/** How often pg-boss looks for jobs that wait for other jobs, of which there are none. */
const NEVER_SECONDS = 24 * 60 * 60;
/** Makes the pg-boss of an application, which is not started. */
export function makeBoss(settings: Settings, { options }: DatabaseConnection): PgBoss {
  return new PgBoss({
    ...options,
    schema: settings.schema,
    migrate: settings.migrate,
    max: settings.maxConnections,
    ...LISTEN_OPTIONS,
    supervise: settings.work !== false,
    schedule: false,
    // Its spans of our jobs are wrong: a call that failed is no error of its worker (12.38).
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: CLEAN_UP_SECONDS,
    monitorIntervalSeconds: CLEAN_UP_SECONDS,
    maintenanceIntervalSeconds: CLEAN_UP_SECONDS,
    flowIntervalSeconds: NEVER_SECONDS,
  });
}
