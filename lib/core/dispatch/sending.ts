import { randomUUID } from 'node:crypto';
import type { Channel } from '../connection/channel.js';
import type { ChannelApplication } from '../connection/channel-application.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { ReceiverList } from '../connection/receiver-list.js';
import { copyOf } from '../message/copy.js';
import type { SignalLog } from '../message/log.js';
import type { AnySignal, SendOptions, SignalContext, SignalResponse } from '../message/message.js';
import type { ObservedSend } from '../message/observation.js';
import type { Tenant } from '../message/tenant.js';
import type { KnownEntityManager } from '../message/unit-of-work.js';
import type { AmbientContext, AmbientContexts } from './ambient-context.js';
import type { Nesting } from './nesting.js';
import type { Overrides } from './overrides.js';
import { PendingSend, type PendingSends } from './pending-sends.js';
import type { Scope } from './scope.js';

/** Units of work, as far as sends need them. */
export interface SendUnits {
  /** The EntityManager that an injected one resolves to here; undefined outside any context. */
  current(): KnownEntityManager | undefined;
  isInTransaction(em?: KnownEntityManager): boolean;
  /** How the EntityManagers are set where a message is sent, for receivers that have it later. */
  tenantOf(sending: Sending): Tenant;
  /**
   * Surrounds the inline receivers of a send: what they leave pending outside a transaction is written for them, and where
   * there is no EntityManager each has a fresh one. Undefined where a running flush or delivery sees to it.
   */
  around(sender: unknown): Scope | undefined;
  /**
   * Surrounds the inline receivers of a send that names its unit of work, which is the current one while they run.
   *
   * @param isSync - the send cannot wait until anything is written.
   */
  named(em: KnownEntityManager, sender: unknown, isSync: boolean): Scope;
  /** Surrounds the inline receivers of a robust send in a transaction with a savepoint each. Undefined outside of one. */
  robust(sending: Sending): Scope | undefined;
  /**
   * The transaction that a message belongs to: that of `options.em`, or of the flush or the delivery that is running, or
   * the ambient one.
   *
   * @throws {SignalError} `AMBIGUOUS_TRANSACTION`
   */
  transactionOf(sending: Sending): object | undefined;
  /** The sends that COMMIT of the message's transaction waits for; undefined without one. */
  sendsOf(sending: Sending): Set<PendingSend> | undefined;
  /** An inline receiver failed: what it may have left half done must not be committed, even if the error is caught. */
  refuse(sending: Sending, error: unknown): void;
}

/** An application, as far as sends need it. */
export interface SendingApplication extends ChannelApplication {
  readonly contexts: AmbientContexts;
  readonly pendingSends: PendingSends;
  readonly nesting: Nesting;
  readonly overrides: Overrides;
  readonly log: SignalLog;
  readonly channels: Iterable<Channel>;
  readonly unitsOfWork: SendUnits | undefined;
  /** Channels whose receivers the shutdown has disconnected: the next send is warned of. */
  readonly disconnected: Set<Channel>;
  readonly startup: { listFor(sending: Sending): ReceiverList };
  readonly disabled: ReadonlySet<string>;
  /** A receiver that was connected for one message has it. */
  consume(record: ConnectionRecord): void;
  /**
   * Keeps a message for a receiver that has it later, or has it delivered at once where no transaction can keep it.
   *
   * @returns what the send waits for.
   */
  defer(sending: Sending, record: ConnectionRecord): unknown;
}

/** A channel through which messages are sent. */
export type SendingChannel = Channel<SendingApplication>;

const NO_OPTIONS: SendOptions = Object.freeze({});
const NO_CONTEXT: Readonly<SignalContext> = Object.freeze({});

interface Known {
  id?: string;
  context?: Readonly<SignalContext> | undefined;
  copy?: object;
  tenant?: Tenant | undefined;
}

/** A send that another one carries out, now that its time has come. */
export type SendOrigin = Pick<Sending, 'id' | 'ambient' | 'causedBy' | 'attempt' | 'missing' | 'context' | 'tenant'>;

/** One send: what all its receivers share. */
export class Sending extends PendingSend implements ObservedSend {
  /** The ambient context when the message was sent. */
  readonly ambient: AmbientContext | undefined;
  /** How many sends it is nested in. */
  level = 0;
  isSync = false;
  isObserved = false;
  /** The payload is an array of those of these sends. */
  parts: readonly Sending[] | undefined;
  /** Whether it was sent before receivers were connected: the code around the send has ended. */
  isLate = false;
  /** Receivers whose `when` has failed, and what with: to be answered in their places. */
  undecided: Map<ConnectionRecord, unknown> | undefined;
  /** The receiver that is running. */
  current: ConnectionRecord | undefined;
  /** Surrounds its receivers. */
  declare scope: Scope | undefined;
  /** Stores, at the end of the send, messages that no transaction keeps; errors take the places of responses if it is robust. */
  unstored: { add(message: object): void; store(robust?: SignalResponse[]): Promise<void> } | undefined;
  /** Values that are computed when they are first read. */
  #known: Known | undefined = undefined;

  constructor(
    readonly channel: SendingChannel,
    readonly sender: unknown,
    readonly payload: object,
    readonly options: SendOptions = NO_OPTIONS,
    scope?: Scope,
    readonly origin?: SendOrigin,
  ) {
    super();
    this.scope = scope;
    this.ambient = origin ? origin.ambient : channel.registry.contexts.current;
  }

  get registry(): SendingApplication {
    return this.channel.registry;
  }

  get signal(): AnySignal {
    return this.channel.handle;
  }

  get isBatch(): boolean {
    return this.parts !== undefined;
  }

  get id(): string {
    return ((this.#known ??= {}).id ??= this.origin?.id ?? randomUUID());
  }

  get causedBy(): string | undefined {
    return this.origin ? this.origin.causedBy : this.ambient?.cause;
  }

  /** Notes that the send waits for a receiver: the shutdown waits too, and so does COMMIT if no scope makes the sender wait. */
  markPending(): void {
    const { pendingSends, unitsOfWork } = this.registry;
    if (!this.isPending && unitsOfWork && !this.scope?.batch) this.hold(unitsOfWork.sendsOf(this));
    pendingSends.add(this);
  }

  /** An inline receiver's error leaves a transaction that must not be committed, even if it is caught. */
  refused(error: unknown, receiver = this.current): unknown {
    this.current = receiver;
    this.registry.unitsOfWork?.refuse(this, error);
    return error;
  }

  get attempt(): number {
    return this.origin?.attempt ?? 1;
  }

  /** Whether an entity was made from what had been stored of it. */
  get missing(): boolean {
    return this.origin?.missing ?? false;
  }

  /** Reads the context of the request now: it may be another when the receiver asks. */
  captureContext(): void {
    const carried = this.origin ?? this.parts?.at(-1);
    (this.#known ??= {}).context ??= carried ? carried.context : this.ambient?.context?.();
  }

  get context(): Readonly<SignalContext> {
    this.captureContext();
    return this.#known?.context ?? NO_CONTEXT;
  }

  /** The payload as it was when the first receiver was reached that has it later; shared by all of those. */
  get copy(): object {
    return ((this.#known ??= {}).copy ??= copyOf(this.payload));
  }

  /** How the sender's EntityManagers are set; as they were when it was first asked for. Undefined without MikroORM. */
  get tenant(): Tenant | undefined {
    return ((this.#known ??= {}).tenant ??= this.origin
      ? this.origin.tenant
      : this.registry.unitsOfWork?.tenantOf(this));
  }

  /** The sender's own EntityManager, where no scope surrounds its receivers. */
  get em(): KnownEntityManager | undefined {
    return this.options.em ?? this.registry.unitsOfWork?.current();
  }

  get holdsTransaction(): boolean {
    return this.scope?.holdsTransaction ?? this.registry.unitsOfWork?.isInTransaction(this.options.em) ?? false;
  }
}
