import type { ConnectionRecord } from '../connection/connection.js';
import { observation } from '../message/observation.js';
import type { Sending } from './sending.js';
import type { Scope } from './scope.js';
import { SentMessage } from './sent-message.js';
import { asyncReceiver, needsTransaction } from './sync-refusals.js';

/** Decides, once, who receives a send: what is connected or changed later has no say in it. */
export function selectReceivers(sending: Sending, robust = false): readonly ConnectionRecord[] {
  const { channel, registry } = sending;
  const isSlow = registry.slowPath.isRequired;
  const list = isSlow ? registry.startup.listFor(sending) : channel.lists.of(sending.sender);
  const decides = isSlow || !list.isUnconditional;
  const records = decides ? list.records.filter(isSelected(sending, robust)) : list.records;
  if (list.records.length === 0 && registry.disconnected.delete(channel)) registry.log.sentTooLate?.(channel.name);
  if (sending.isSync) refuseSync(sending, records);
  if (!decides) return records;
  for (const record of records) {
    if (record.terms.once && !batchFor(sending, record) && !sending.undecided?.has(record)) registry.consume(record);
  }
  if (records.length > 0) sending.captureContext();
  return records;
}

/** Where a payload is kept for a receiver that takes many in one call. */
export function batchFor({ isBatch, isLate, scope }: Sending, { terms }: ConnectionRecord): Scope['batch'] {
  return terms.batch && !isBatch && !isLate && !terms.delivery.moment ? scope?.batch : undefined;
}

/** A receiver has the message once, by the first of its connections that is not skipped. */
function isSelected(sending: Sending, robust: boolean): (record: ConnectionRecord) => boolean {
  const { channel, registry } = sending;
  const taken = new Set<unknown>();
  return record => {
    if (taken.has(record.key)) return false;
    const because = reasonOf(sending, record, robust);
    if (because === undefined) return Boolean(taken.add(record.key));
    registry.log.receiverSkipped(record.uid, channel.name, because);
    if (observation.skip.hasSubscribers) observation.skip.publish({ send: sending, receiver: record.uid, because });
    return false;
  };
}

/** With `robust` a `when` that fails is the failure of its receiver, and not of the send. */
function reasonOf(sending: Sending, record: ConnectionRecord, robust: boolean): string | undefined {
  try {
    return skipReason(sending, record);
  } catch (error) {
    if (!robust) throw error;
    (sending.undecided ??= new Map<ConnectionRecord, unknown>()).set(record, error);
    return undefined;
  }
}

/** Refuses, before any receiver is called, what a synchronous send cannot do. */
function refuseSync(sending: Sending, records: readonly ConnectionRecord[]): void {
  const async = records.find(record => record.isAsync && !record.isDeferred);
  if (async) throw asyncReceiver(sending.channel, async);
  const later = records.find(record => record.isDeferred);
  if (later && !sending.registry.unitsOfWork?.transactionOf(sending)) throw needsTransaction(sending.channel, later);
}

/**
 * Why a receiver of this sender is not called; undefined when it is. Decided once, when the message is sent.
 *
 * @param withoutPayload - what depends on the payload counts as agreeing.
 */
export function skipReason(sending: Sending, record: ConnectionRecord, withoutPayload = false): string | undefined {
  const { channel, ambient, registry } = sending;
  if (record.terms.once && record.terms.isConsumed) return 'it was connected for one message, and has had it';
  if (ambient?.muting?.covers(channel, record)) return 'it is muted here';
  if (registry.overrides.covers(channel, record)) return 'it is muted in the whole application';
  if (registry.disabled.has(record.uid)) return 'it is disabled';
  if (cannotRollBack(sending, record)) return 'there is no transaction that could be rolled back';
  return withoutPayload ? undefined : payloadReason(sending, record);
}

/** A synchronous send refuses all that would be kept, without a transaction to keep it. */
function cannotRollBack(sending: Sending, { terms }: ConnectionRecord): boolean {
  if (terms.delivery.moment !== 'after-rollback' || sending.isSync) return false;
  return sending.registry.unitsOfWork?.transactionOf(sending) === undefined;
}

function payloadReason(sending: Sending, record: ConnectionRecord): string | undefined {
  const { channel, payload } = sending;
  const { fields, when } = record.terms;
  const changed = fields && channel.traits.changedFields?.(payload);
  if (changed && !fields.some(field => changed.includes(field))) return `none of ${fields.join(', ')} changed`;
  if (when && !when(payload, new SentMessage(sending, record))) return 'its `when` said no';
  return undefined;
}
