import type { ConnectionRecord } from '../connection/connection.js';
import type { Sending } from './sending.js';
import { SentMessage } from './sent-message.js';

/**
 * Why a receiver that hears the sender is not called; undefined when it is. Decided once, when the message is sent.
 *
 * @param withoutPayload - what depends on the payload counts as agreeing.
 */
export function skipReason(sending: Sending, record: ConnectionRecord, withoutPayload = false): string | undefined {
  const { channel, frame, registry } = sending;
  if (record.terms.once && record.terms.isSpent) return 'it was connected for one message, and has had it';
  if (frame?.muting?.covers(channel, record)) return 'it is muted here';
  if (registry.overrides.covers(channel, record)) return 'it is muted in the whole application';
  if (registry.isDisabled(record.uid)) return 'it is disabled';
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
  if (when && !when(payload as never, new SentMessage(sending, record))) return 'its `when` said no';
  return undefined;
}
