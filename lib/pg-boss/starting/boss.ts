import { PgBoss } from 'pg-boss';
import type { Settings } from '../options.js';
import type { DatabaseConnection } from './connection.js';
import { LISTEN_OPTIONS } from './notifications.js';

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
