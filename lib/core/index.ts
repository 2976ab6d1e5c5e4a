// All that messages are made of is there for every room; of the rest, what is named.
export * from './message/copy.js';
export * from './message/delivery.js';
export * from './message/entity.js';
export * from './message/errors.js';
export * from './message/get-or-insert.js';
export * from './message/given.js';
export * from './message/log.js';
export * from './message/masking.js';
export * from './message/message.js';
export * from './message/observation.js';
export * from './message/options.js';
export * from './message/package-copy.js';
export type * from './message/payload.js';
export * from './message/schema.js';
export * from './message/sender.js';
export * from './message/shown-error.js';
export * from './message/tenant.js';
export * from './message/thenable.js';
export * from './message/timers.js';
export type * from './message/unit-of-work.js';
export * from './message/watching.js';
export { type AmbientContexts, frozenContext, type AmbientContext } from './dispatch/ambient-context.js';
export { Batch, type BatchingScope } from './dispatch/batch.js';
export type { ConnectionRecord } from './connection/connection.js';
export { Capture, type CapturedCall } from './deferred/capture.js';
export { senderUndefined } from './connection/connect-options.js';
export { byNeed } from './deferred/defer.js';
export type {
  DeferredMessage,
  DeferringApplication,
  DeferringDelivery,
  Transaction,
  UnitsOfWork,
} from './deferred/transaction.js';
export { type NotedRow, type ReadRow, ROW_LEAF } from './deferred/stored-entities.js';
export type { StoredEntities, StoredEntity, StoredRows } from './deferred/stored-entities.js';
export { deferredCalls, coalesce, runAll } from './deferred/deferred-call.js';
export type { Explanation, ReceiverInfo } from './explain.js';
export { PendingSend } from './dispatch/pending-sends.js';
export { Muting, type SignalOrUid } from './dispatch/muting.js';
export { isMock, takesMessage } from './connection/parameters.js';
export { isNotInstalled, type LoadedPeer, notInstalled, notSupported, oldNode, type Peer, withPeer } from './peers.js';
export { type SignalChannel as Channel, SignalRegistry } from './registry.js';
export { ReceiverFailed, type ReceiverFailedPayload } from './receiver-failed.js';
export type { Scope } from './dispatch/scope.js';
export { Sending } from './dispatch/sending.js';
export { SentMessage } from './dispatch/sent-message.js';
export { deliver, deliverSync } from './dispatch/dispatch.js';
export { callDeferred } from './dispatch/call-receiver.js';
export { deliverWithin } from './dispatch/fast-path.js';
export { send } from './dispatch/send.js';
export { REGISTRY_TOKEN, Signal } from './signal.js';
export type { SignalSource } from './sources.js';
