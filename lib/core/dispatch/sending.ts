import { randomUUID } from 'node:crypto';
import { changed, type Frame } from './ambient.js';
import type { Batch } from './batch.js';
import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import { copyOf } from '../message/copy.js';
import type { DeferredMessage } from '../deferred/deferred-message.js';
import type { SignalError } from '../message/errors.js';
import { Flight } from './pending-sends.js';
import type { KnownEntityManager, Message, SendOptions, SignalContext } from '../message/message.js';
import type { ObservedSend } from '../message/observation.js';
import type { AnySignal } from '../message/payload.js';
import type { Tenant } from '../message/tenant.js';

/** What surrounds every receiver of a send: the unit of work that it runs in. */
export interface Scope {
  /** Holds the EntityManager of the receiver that is called next, which may be made when it is asked for. */
  readonly own?: { readonly em: KnownEntityManager } | undefined;
  /** Where what receivers want in one call is kept until the scope calls them; without it a receiver is called at once. */
  readonly batch?: Batch;
  /** The receiver that was called last, and the signal: errors name them. */
  receiver?: ConnectionRecord | undefined;
  signal?: Channel | undefined;
  /** A send settles only when its receivers have, because what they hold must not end before them. */
  readonly holdsTransaction: boolean;
  /** Surrounds several calls, so that each of them costs less. */
  enter?<T>(calls: () => T): T;
  /** Calls one receiver. */
  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown;
}

const NO_OPTIONS: SendOptions = Object.freeze({});

const NO_CONTEXT: Readonly<SignalContext> = Object.freeze({});

/** One send: what all its receivers share. */
export class Sending extends Flight implements ObservedSend {
  /** The ambient frame when the message was sent. */
  readonly frame: Frame | undefined;
  /** How many sends it is nested in. */
  level = 0;
  isSync = false;
  isObserved = false;
  /** The payload is an array of those of these sends. */
  parts: readonly Sending[] | undefined;
  /** Its receivers have come to life since; what surrounded it is over. */
  isLate = false;
  /** Receivers whose `when` has failed, and what with: to be answered in their places. */
  undecided: Map<ConnectionRecord, unknown> | undefined;
  /** Who is being called. */
  current: ConnectionRecord | undefined;
  /** What waits for the end of the send to be stored. */
  unstored: DeferredMessage[] | undefined;
  #id: string | undefined;
  #context: Readonly<SignalContext> | undefined;
  #copy: object | undefined;
  #tenant: Tenant | undefined;

  /** @param origin - the send that this one carries out, now that its time has come. */
  constructor(
    readonly channel: Channel,
    readonly sender: unknown,
    readonly payload: object,
    readonly options: SendOptions = NO_OPTIONS,
    scope?: Scope,
    readonly origin?: Sending,
  ) {
    super();
    this.scope = scope;
    this.frame = origin ? origin.frame : channel.registry.ambient.current;
  }

  get registry() {
    return this.channel.registry;
  }

  get signal(): AnySignal {
    return this.channel.handle;
  }

  get isBatch(): boolean {
    return this.parts !== undefined;
  }

  get id(): string {
    return (this.#id ??= this.origin?.id ?? randomUUID());
  }

  get causedBy(): string | undefined {
    return this.frame?.cause;
  }

  /** It waits for a receiver: so does the shutdown, and COMMIT where no scope makes the sender wait. */
  takeOff(): void {
    const { flights, unitsOfWork } = this.registry;
    if (!this.isUnder && unitsOfWork && !this.scope?.batch) this.hold(unitsOfWork.sendsOf(this));
    flights.add(this);
  }

  /** An inline receiver's error leaves a transaction that must not be committed, whoever catches it. */
  refused(error: unknown): unknown {
    this.registry.unitsOfWork?.refuse(this, error);
    return error;
  }

  get attempt(): number {
    return 1;
  }

  /** Whether an entity was made from what had been stored of it. */
  get missing(): boolean {
    return false;
  }

  /** Reads the context of the request now: it may be another when the receiver asks. */
  captureContext(): void {
    const carried = this.origin ?? this.parts?.at(-1);
    this.#context ??= carried ? carried.context : this.frame?.context?.();
  }

  get context(): Readonly<SignalContext> {
    this.captureContext();
    return this.#context ?? NO_CONTEXT;
  }

  /**
   * The frame in which its receivers run that run later. Shared by what is sent in one frame, one after another.
   *
   * @throws {SignalError} `RECURSION_LIMIT`
   */
  get laterFrame(): Frame {
    const { channel, registry } = this;
    const frame = this.frame ?? registry.ambient.none;
    const known = frame.later?.get(channel);
    if (known) return known;
    const path = registry.nesting.extend(frame.path ?? [], channel);
    const later = changed(frame, { path, cause: undefined });
    (frame.later ??= new Map()).set(channel, later);
    return later;
  }

  /** The payload as it was when the first receiver was reached that has it later; shared by all of those. */
  get copy(): object {
    return (this.#copy ??= copyOf(this.payload));
  }

  /** How the sender's EntityManagers are set; as they were when it was first asked for. Undefined without MikroORM. */
  get tenant(): Tenant | undefined {
    return (this.#tenant ??= this.origin ? this.origin.tenant : this.registry.unitsOfWork?.tenantOf(this));
  }

  /** The sender's own EntityManager, where no scope surrounds its receivers. */
  get em(): KnownEntityManager | undefined {
    return this.options.em ?? this.registry.unitsOfWork?.current();
  }

  get holdsTransaction(): boolean {
    return this.scope?.holdsTransaction ?? this.registry.unitsOfWork?.isInTransaction(this.options.em) ?? false;
  }
}

/** A send as one of its receivers sees it. */
export class SentMessage implements Message {
  readonly #sending: Sending;
  readonly #record: ConnectionRecord;
  /** Of the scope, which gives the next receiver another. */
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
