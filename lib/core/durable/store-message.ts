import type { DeferredMessage } from '../deferred-message.js';
import { plainOf } from '../copy.js';
import { classOf, nameOf } from '../sender.js';
import { SentMessage } from '../sending.js';
import type { DurableOptions } from './durable-options.js';
import { PayloadEncoder } from './payload/encode.js';
import type { StoredEntities } from './stored-entities.js';
import type { StoredMessage, StoredSender } from './stored-message.js';

/** A message as it will be stored. */
export interface EncodedMessage {
  readonly data: StoredMessage;
  readonly key: string | undefined;
  /** Asked for the keys of new entities when the message is stored. */
  readonly encoder: PayloadEncoder;
}

/** @throws {SignalError} `PAYLOAD_NOT_SERIALIZABLE` */
export function encodeMessage(
  message: DeferredMessage,
  options: DurableOptions,
  entities: StoredEntities,
): EncodedMessage {
  const { sending, record } = message;
  const { channel } = sending;
  const where = { signal: channel.name, receiver: record.uid, at: record.whereIn(channel.name) };
  const encoder = new PayloadEncoder(entities, where);
  const shown = options.payload || options.key ? new SentMessage(sending, record) : undefined;
  const chosen = options.payload?.(message.payload as never, shown!);
  const key = options.key?.(message.payload as never, shown!);
  const version = versionOf(channel.signal);
  const { em, causedBy, context } = sending;
  const data: StoredMessage = {
    signal: channel.name,
    id: sending.id,
    payload: encoder.encode(chosen ?? entities.storable(plainOf(message.payload), sending.sender)),
    ...(chosen && { isChosen: true }),
    ...(version !== 1 && { version }),
    ...senderOf(sending.sender),
    ...(Object.keys(context).length > 0 && { context: encoder.encode(context, 'context') }),
    ...(causedBy !== undefined && { causedBy }),
    ...(em?.schema !== undefined && { schema: em.schema }),
  };
  return { data, key, encoder };
}

/** @see StoredMessage */
export function versionOf(signal: object): number {
  return (signal as { version?: number }).version ?? 1;
}

function senderOf(sender: unknown): { sender?: StoredSender } {
  if (sender === undefined) return {};
  if (sender === null || typeof sender === 'string' || typeof sender === 'boolean')
    return { sender: { value: sender } };
  if (typeof sender === 'number') return { sender: { value: sender } };
  const type = classOf(sender);
  return { sender: { className: typeof type === 'function' ? type.name : nameOf(sender) } };
}
