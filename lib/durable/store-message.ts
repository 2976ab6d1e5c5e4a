import {
  classOf,
  type DeferredMessage,
  type Encoded,
  nameOf,
  plainOf,
  type Sending,
  SentMessage,
  type StoredEntities,
} from '../core/index.js';
import type { DurableOptions } from './durable-options.js';
import { PayloadEncoder } from './payload/encode.js';
import { storedKey } from './payload/message-key.js';
import type { StoredMessage, StoredSender } from './stored-message.js';

/** A message as it will be stored. */
export class EncodedMessage {
  constructor(
    private readonly facts: Omit<StoredMessage, 'payload'>,
    private readonly payload: Encoded,
    private readonly encoder: PayloadEncoder,
    readonly key: string | undefined,
  ) {}

  /** Made when it is stored: entities that were new when it was sent have been given their primary keys by then. */
  stored(): StoredMessage {
    return { ...this.facts, payload: this.encoder.pack(this.payload) };
  }
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
  const shown = () => new SentMessage(sending, record);
  // The options are typed by the payload, which their delivery does not know.
  const payloadOfSend = message.payload as never;
  const chosen = options.payload?.(payloadOfSend, shown());
  const key = options.key && storedKey(options.key(payloadOfSend, shown()), encoder);
  const payload = chosen ?? entities.storable(plainOf(message.payload), sending.sender);
  return new EncodedMessage(
    factsOf(sending, encoder, chosen !== undefined),
    encoder.encode(payload, 'payload'),
    encoder,
    key,
  );
}

function factsOf(sending: Sending, encoder: PayloadEncoder, isChosen: boolean): Omit<StoredMessage, 'payload'> {
  const { channel, id, tenant, causedBy, context } = sending;
  const version = versionOf(channel.signal);
  const storedTenant = tenant?.store((value, name) => encoder.pack(encoder.encode(value, name)));
  return {
    signal: channel.name,
    id,
    ...(isChosen && { isChosen: true }),
    ...(version !== 1 && { version }),
    ...senderOf(sending.sender, encoder),
    ...(Object.keys(context).length > 0 && { context: encoder.pack(encoder.encode(context, 'context')) }),
    ...(causedBy !== undefined && { causedBy }),
    ...(tenant?.schema !== undefined && { schema: tenant.schema }),
    ...(storedTenant && { tenant: storedTenant }),
  };
}

/** @see StoredMessage */
export function versionOf(signal: object): number {
  return (signal as { version?: number }).version ?? 1;
}

function senderOf(sender: unknown, encoder: PayloadEncoder): { sender?: StoredSender } {
  if (sender === undefined) return {};
  if (sender === null || ['string', 'boolean', 'number', 'bigint'].includes(typeof sender)) {
    return { sender: { value: encoder.pack(encoder.encode(sender, 'its sender')) } };
  }
  const type = classOf(sender);
  return { sender: { className: typeof type === 'function' ? type.name : nameOf(sender) } };
}
