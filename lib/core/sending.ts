import { randomUUID } from 'node:crypto';
import type { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import type { KnownEntityManager, Message, SendOptions } from './message.js';
import type { AnySignal } from './payload.js';

/** What surrounds every receiver of a send: the unit of work that it runs in. */
export interface Scope {
  /** The EntityManager of the receiver that is running. */
  readonly em?: KnownEntityManager;
  /** Calls one receiver. */
  run(call: () => unknown): unknown;
}

/** One send: what all its receivers share. */
export class Sending {
  #id: string | undefined;

  constructor(
    readonly channel: Channel,
    readonly sender: unknown,
    readonly payload: object,
    readonly options: SendOptions = {},
    readonly scope?: Scope,
  ) {}

  /** The EntityManager of the receiver that is called next: the scope's, or else the sender's own. */
  get em(): KnownEntityManager | undefined {
    return this.scope?.em ?? this.options.em ?? this.channel.registry.currentEm?.();
  }

  get id(): string {
    return (this.#id ??= randomUUID());
  }
}

/** A send as one of its receivers sees it. */
export class SentMessage implements Message {
  readonly #sending: Sending;
  readonly #record: ConnectionRecord;
  readonly em: KnownEntityManager | undefined;

  constructor(sending: Sending, record: ConnectionRecord) {
    this.#sending = sending;
    this.#record = record;
    this.em = sending.em;
  }

  get id(): string {
    return this.#sending.id;
  }

  get signal(): AnySignal {
    return this.#sending.channel.handle;
  }

  get sender(): unknown {
    return this.#sending.sender;
  }

  get receiver(): string {
    return this.#record.uid;
  }

  get delivery(): string {
    return this.#record.terms.delivery.name;
  }
}
