import type { Encoded, ShownError, StoredTenant } from '../core/index.js';

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
  /** Which application has stored it, where it has a name. */
  readonly application?: string;
  /** Of the signal's payload, where it is not 1. */
  readonly version?: number;
  readonly sender?: StoredSender;
  readonly context?: Encoded;
  readonly causedBy?: string;
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
