import { requirePgBoss } from './starting/installed.js';

requirePgBoss();

export { type DeadMessage, type DurableCounts, type FailedAttempt, type ShownError } from '../core/index.js';
export { type DurableHealth, DurableSignals } from '../nest/index.js';
export { pgBoss, type PgBossOptions } from './pg-boss.js';
