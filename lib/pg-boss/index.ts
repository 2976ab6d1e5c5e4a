import { requirePgBoss } from './starting/installed.js';

requirePgBoss();

export { type ShownError } from '../core/index.js';
export {
  type DeadMessage,
  type DurableCounts,
  type FailedAttempt,
  type MessageFilter,
  type DurableHealth,
  type DurableLimits,
  DurableSignals,
} from '../durable/index.js';
export { connectDurableSignals } from './connect-durable-signals.js';
export type { DurableConnection } from './durable-connection.js';
export { type PgBossOptions, SIGNALS_SCHEMA } from './options.js';
export { pgBoss } from './pg-boss.js';
export type { Open, Seal, Sealed } from './sealing.js';
