export { durable, DURABLE, DurableDelivery, durableJobs } from './durable.js';
export type {
  DeadMessage,
  DurableCounts,
  DurableJobs,
  DurableOperations,
  FailedAttempt,
  RowPlace,
} from './durable-jobs.js';
export { DEFAULT_RETRY_LIMIT, type DurableOptions } from './durable-options.js';
export { attemptText, failuresWith, isPermanent, PermanentFailure, reportDead } from './failed-attempts.js';
export type { MessageFilter } from './message-filter.js';
export { attemptOf, type Job, tenantKeyOf } from './job.js';
export { type AttemptNotes, type CallPlace, classNamedIn, JobCall } from './job-call.js';
export { EngineLink, unknownUid } from './engine-link.js';
export { type JobReceiver, JobReceivers } from './job-receivers.js';
export { decodeDetached, unreadable } from './payload/decode.js';
export { hashOf } from './payload/message-key.js';
export { encodeMessage, type EncodedMessage, versionOf } from './stored-message.js';
export type { StoredMessage } from './stored-message.js';
export { TaskEnqueued, TaskFinished, type TaskPayload, TaskStarted } from './task-signals.js';
export { sendEnqueued, sendTask } from './send-task.js';
export { type DurableBackend, durableRoom } from './durable.room.js';
export { type DurableHealth, type DurableLimits, DurableSignals } from './durable-signals.js';
export { sqlOf } from './sql.js';
