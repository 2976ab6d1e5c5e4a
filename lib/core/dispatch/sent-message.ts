import type { ConnectionRecord } from '../connection/connection.js';
import type { SignalError } from '../message/errors.js';
import type { AnySignal, Message, SignalContext } from '../message/message.js';
import type { KnownEntityManager } from '../message/unit-of-work.js';
import type { Sending } from './sending.js';
import type { Scope } from './scope.js';

/** A send as one of its receivers sees it. */
export class SentMessage implements Message {
  readonly #sending: Sending;
  readonly #record: ConnectionRecord;
  /** The EntityManager of this receiver: the scope gives the next one another. */
  readonly #own: Scope['own'];
  #limit: { abort?: AbortController; over?: SignalError } | undefined;

  constructor(sending: Sending, record: ConnectionRecord) {
    this.#sending = sending;
    this.#record = record;
    this.#own = sending.scope?.own;
  }

  get id(): string {
    return this.#sending.id;
  }

  get signal(): AnySignal {
    return this.#sending.signal;
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

  get em(): KnownEntityManager | undefined {
    if (this.#limit?.over) throw this.#limit.over;
    return this.#sending.scope ? this.#own?.em : this.#sending.em;
  }

  get context(): Readonly<SignalContext> {
    return this.#sending.context;
  }

  get attempt(): number {
    return this.#sending.attempt;
  }

  get missing(): boolean {
    return this.#sending.missing;
  }

  get causedBy(): string | undefined {
    return this.#sending.causedBy;
  }

  get abortSignal(): AbortSignal {
    const limit = (this.#limit ??= {});
    limit.abort ??= new AbortController();
    if (limit.over) limit.abort.abort(limit.over);
    return limit.abort.signal;
  }

  /** The receiver's time is up: what it still does must not count. */
  revoke(reason: SignalError): void {
    const limit = (this.#limit ??= {});
    limit.over = reason;
    limit.abort?.abort(reason);
  }
}
