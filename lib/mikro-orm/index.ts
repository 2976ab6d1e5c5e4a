export { type M2mAction, M2mChanged, type M2mPayload } from './collections/m2m-changed.js';
export { through, type Through, type ThroughEnds } from './collections/through.js';
export { afterCommit, afterRollback, beforeCommit } from './deliveries/transaction-deliveries.js';
export type { AfterCommit, AfterCommitOptions } from './deliveries/transaction-deliveries.js';
export { PostInit, PostLoad } from './loading/loading-signals.js';
export { type MigratePayload, PostMigrate, PreMigrate } from './migrations/migration-signals.js';
export { type MikroOrmOptions, mikroOrmRoom } from './mikro-orm.room.js';
export {
  type Change,
  type Changes,
  type DeletePayload,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  type SavePayload,
} from './model-signals.js';
export { ConnectionCreated, EntityPrepared } from './starting/starting-signals.js';
export type { ConnectionCreatedPayload, EntityPreparedPayload } from './starting/starting-signals.js';
export { type BulkOperation, type BulkPayload, PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
export { PostUpsert, PreUpsert, type UpsertedPayload, type UpsertPayload } from './writes/upsert-signals.js';
export { withBulkSignals } from './writes/with-bulk-signals.js';
