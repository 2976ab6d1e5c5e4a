export { type AmbientContexts, frozenContext, type AmbientContext } from './dispatch/ambient-context.js';
export { Batch, type BatchingScope } from './dispatch/batch.js';
export type { ConnectionRecord } from './connection/connection.js';
export { Capture, type CapturedCall } from './deferred/capture.js';
export { senderUndefined } from './connection/connect-options.js';
export { COPY, copyOf, plainOf } from './message/copy.js';
export { classOfSchema, type EntityFilter, type InstanceOf } from './message/entity.js';
export type { Encoded } from './message/tenant.js';
export { byNeed } from './deferred/defer.js';
export type {
  DeferredMessage,
  DeferringApplication,
  DeferringDelivery,
  Transaction,
  UnitsOfWork,
} from './deferred/transaction.js';
export {
  type DeliveredBy,
  type Delivery,
  DELIVERY,
  type DeliveryNeed,
  type GIVEN,
  inline,
  type Moment,
} from './message/delivery.js';
export { getOrInsert } from './message/get-or-insert.js';
export type { StoredEntities, StoredEntity } from './deferred/stored-entities.js';
export { type NotedRow, type ReadRow, ROW_LEAF, type StoredRows } from './deferred/stored-rows.js';
export { deferredCalls, coalesce, runAll } from './deferred/deferred-call.js';
export { SIGNAL_ERROR_CODES, SignalError, type SignalErrorCode } from './message/errors.js';
export type { Explanation, ReceiverInfo } from './explain.js';
export { PendingSend } from './dispatch/pending-sends.js';
export { counted, failedText, notAwaitedText, notSentText, type SignalLog } from './message/log.js';
export { isSecretName, MASK, maskCredentials, maskText } from './message/masking.js';
export { Muting, type SignalOrUid } from './dispatch/muting.js';
export {
  type AttemptOutcome,
  type Carrier,
  observation,
  type ObservedAttempt,
  type ObservedDrop,
  type ObservedMessage,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  type ObservedStoring,
} from './message/observation.js';
export {
  type AnyConnectOptions,
  type AnySignal,
  type Connection,
  type ConnectOptions,
  type Message,
  type Received,
  type Receiver,
  REGISTRY,
  type SendOptions,
  type SignalClass,
  type SignalContext,
} from './message/message.js';
export type { KnownEntityManager, KnownTypes, UnitOfWork } from './message/unit-of-work.js';
export {
  badOption,
  BOOLEAN,
  checkOptions,
  functionOf,
  isListOfNames,
  isName,
  listOf,
  type OptionKind,
  type OptionKinds,
  type OptionOwner,
  optionsOf,
  wholeNumber,
} from './message/options.js';
export { PACKAGE, refuseOtherCopy, THIS_COPY } from './message/package-copy.js';
export { isMock, takesMessage } from './connection/parameters.js';
export type {
  FieldFor,
  OnlyField,
  PayloadFor,
  PayloadOf,
  SenderShape,
  ShapeOf,
  SignalShape,
} from './message/payload.js';
export { oldNode } from './node-version.js';
export { isNotInstalled, type LoadedPeer, notInstalled, notSupported, type Peer, withPeer } from './peers.js';
export { payloadIs } from './message/message.js';
export { type SignalChannel as Channel, SignalRegistry } from './registry.js';
export { ReceiverFailed, type ReceiverFailedPayload } from './receiver-failed.js';
export type { SignalResponse } from './message/response.js';
export { classOf, isOrExtends, nameOf, SENDER_NAME, senderMatches } from './message/sender.js';
export type { Scope } from './dispatch/scope.js';
export { Sending } from './dispatch/sending.js';
export { SentMessage } from './dispatch/sent-message.js';
export { deliver, deliverSync } from './dispatch/dispatch.js';
export { callDeferred } from './dispatch/call-receiver.js';
export { deliverWithin } from './dispatch/fast-path.js';
export { send } from './dispatch/send.js';
export { described, isA, memberOf, type ShownError, shownError } from './message/shown-error.js';
export { REGISTRY_TOKEN, Signal } from './signal.js';
export type { StandardSchemaV1 } from './message/schema.js';
export type { SignalSource } from './sources.js';
export type { StoredSettings, StoredTenant, Tenant, TenantSettings } from './message/tenant.js';
export { isThenable } from './message/thenable.js';
export { canWait, LONGEST_TIMER_MS, within } from './message/timers.js';
export { Watching } from './message/watching.js';
