import {
  type Carrier,
  classOf,
  type DeferredMessage,
  type Encoded,
  nameOf,
  plainOf,
  type Sending,
  SentMessage,
  type ShownError,
  type StoredEntities,
  type StoredTenant,
} from '../core/index.js';
import type { DurableOptions } from './durable-options.js';
import { PayloadEncoder } from './payload/encode.js';
import { storedKey } from './payload/message-key.js';

/** An attempt that failed. */
export interface StoredFailure {
  /** ISO 8601 */
  readonly at: string;
  /** Host and process that made it. */
  readonly worker: string;
  readonly error: ShownError;
}

/** A message as a job holds it. */
export interface StoredMessage {
  /** The name of the signal. */
  readonly signal: string;
  /** `message.id` */
  readonly id: string;
  readonly payload: Encoded;
  /** The payload is what `durable({ payload })` made of the signal's. */
  readonly isChosen?: true;
  /** The name of the application that stored the message; undefined for an application without one. */
  readonly application?: string;
  /** The version of the signal's payload; undefined for 1. */
  readonly version?: number;
  readonly sender?: StoredSender;
  readonly context?: Encoded;
  readonly causedBy?: string;
  /** The values that tools which watch send along: `traceparent`, and what goes with it. */
  readonly carrier?: Carrier;
  /** The schema of the sender's EntityManager; all that messages of the first version know of their tenant. */
  readonly schema?: string;
  readonly tenant?: StoredTenant;
  /** The payload, the sender that is a value and the context, where they are encrypted: base64. */
  readonly sealed?: { readonly keyId: string; readonly bytes: string };
  /** How often it was given back without having been called, in messages that version 0.1.0 has given back. */
  readonly returned?: number;
  /** The last errors, the oldest first. */
  readonly failures?: readonly StoredFailure[];
}

/** A sender: itself where it is a primitive value, or else the name of its class. */
export type StoredSender = { readonly value: Encoded } | { readonly className: string };

/** A message as it will be stored. */
export interface EncodedMessage {
  readonly key: string | undefined;
  /** Made when it is stored: entities that were new when it was sent have been given their primary keys by then. */
  stored(): StoredMessage;
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
  const facts = factsOf(sending, encoder, chosen !== undefined);
  const encoded = encoder.encode(payload, 'payload');
  const stored = () => {
    const { carrier } = message;
    return { ...facts, ...(carrier && { carrier }), payload: encoder.pack(encoded) };
  };
  return { key, stored };
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
