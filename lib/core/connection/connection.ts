import { isAsyncFunction } from 'node:util/types';
import type { Delivery } from '../message/delivery.js';
import type { Message } from '../message/message.js';
import { isMock, takesMessage } from './parameters.js';
import type { AnyShape, FieldFor, PayloadFor, SignalShape } from '../message/payload.js';

/** A function that is called on every send: with the payload and the message, or with the payload alone if that is its one plain parameter. */
export type Receiver<Payload> = (payload: Payload, message: Message) => unknown;

/** How a receiver is connected; the same options are the second argument of `@OnSignal`. */
export interface ConnectOptions<
  Shape extends SignalShape = AnyShape,
  Wanted = Shape['filter'],
  Batch extends true | undefined = undefined,
> {
  /**
   * Only sends of this sender, or of one of these. Compared by identity, as in Django; a class also
   * matches its direct instances. Default: every sender.
   */
  sender?: Wanted | readonly Wanted[];
  /** With a class as `sender`: its subclasses match too, and the class itself may be abstract. Default: false. */
  includeSubclasses?: boolean;
  /** Django's `dispatch_uid`. Default: `Class.method` for `@OnSignal`, the function itself for `connect()`. */
  uid?: string;
  /** How the receiver runs. Default: `inline`. */
  delivery?: Delivery;
  /** Uids of receivers of the same signal and delivery that this one runs before; `'uid?'` for one that may be absent. */
  before?: string | readonly string[];
  /** Uids of receivers of the same signal and delivery that this one runs after; `'uid?'` for one that may be absent. */
  after?: string | readonly string[];
  /** `PreSave` and `PostSave`: only when one of these properties changed; always when the entity is new. */
  fields?: readonly FieldFor<Shape, Wanted>[];
  /** Asked when the message is sent; false skips this receiver. */
  when?: (payload: PayloadFor<Shape, Wanted>, message: Message) => boolean;
  /**
   * Of the messages of one transaction with the same key only the last is delivered. For receivers that run later;
   * asked when the message is sent.
   */
  coalesce?: (payload: PayloadFor<Shape, Wanted>, message: Message) => string;
  /**
   * Called once with an array of payloads: of a flush, for model signals; of a transaction, for receivers that run
   * later. `message.sender` is their sender where they have the same. Inside a flush it is called after the receivers
   * that are told one by one. Default: one call for each payload.
   */
  batch?: Batch;
  /** Disconnects before the first call. Default: false. */
  once?: boolean;
  /** How long the receiver may take, in milliseconds; then its `abortSignal` aborts and it counts as failed. Default: no limit. */
  timeoutMs?: number;
  /** Disconnects when it aborts. */
  until?: AbortSignal;
}

/** Where the names of `fields` are inferred; nothing for a signal that has none, so that its options stay what they are. */
export type NamedFields<Shape extends SignalShape, Field> = [Shape['field']] extends [never]
  ? unknown
  : { fields?: readonly Field[] };

/** The options of whatever connection. */
export type AnyConnectOptions = ConnectOptions<AnyShape, AnyShape['filter'], true | undefined>;

/**
 * The argument that a receiver is called with: the payload, or with `batch: true` an array of them. Asked this way round,
 * because without `strictNullChecks` undefined extends everything.
 */
export type Received<Payload, Batch> = Batch extends undefined ? Payload : readonly Payload[];

/** One receiver connected to one signal. Ends with `disconnect()`, or at the end of a `using` block. */
export interface Connection extends Disposable {
  /** The uid that was given, or a readable name. */
  readonly uid: string;
  readonly connected: boolean;
  /** Ends the connection; sends under way are not affected. True the first time, false afterwards. */
  disconnect(): boolean;
}

/** What discovery knows of a receiver, and `connect()` cannot know. */
export interface Origin {
  /** How lists and errors show where the receiver is written: `@OnSignal(OrderPlaced) on Receipts.mail`. */
  readonly where: string;
  /** `Receipts.mail`: the uid when none was given. */
  readonly name: string;
  /** The class whose instance is called, and which of its methods. */
  readonly receiverClass: Function;
  readonly key: string | symbol;
  /** Equal for two connections of the same receiver. */
  readonly identity: unknown;
  /** Whether the method is given the message. */
  readonly takesMessage: boolean;
  /** Its result has to be awaited: an async method, or a provider that has to be resolved first. */
  readonly async: boolean;
}

/** Options of a connection as a channel keeps them, checked and with the defaults filled in. */
export interface Terms {
  readonly senders: readonly unknown[];
  readonly includeSubclasses: boolean;
  readonly uid?: string;
  readonly delivery: Delivery;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly fields?: readonly string[];
  readonly when?: (payload: never, message: Message) => boolean;
  readonly batch?: true;
  readonly coalesce?: (payload: never, message: Message) => string;
  readonly once?: boolean;
  readonly timeoutMs?: number;
  readonly origin?: Origin;
  /** Connected for one message, and it was sent. */
  isSpent?: boolean;
}

/** A receiver as its channel keeps it. */
export class ConnectionRecord {
  private takes: boolean | undefined;
  /** What it is to end with, and what lets go of that. */
  private ends: Map<AbortSignal, () => void> | undefined;

  constructor(
    readonly call: Receiver<never>,
    public terms: Terms,
  ) {}

  get uid(): string {
    return this.terms.uid ?? this.terms.origin?.name ?? (this.call.name || 'an anonymous function');
  }

  /** What a connection is keyed by, beside its sender: the uid, or else the receiver itself. */
  get key(): unknown {
    return this.terms.uid ?? this.terms.origin?.identity ?? this.call;
  }

  /** Asked, when a message is sent, whether it wants it. */
  get isConditional(): boolean {
    const { fields, when, once, delivery } = this.terms;
    return fields !== undefined || when !== undefined || once === true || delivery.moment === 'after-rollback';
  }

  /** Called with the payload, and nothing else is to be done. */
  get isBare(): boolean {
    const { origin, timeoutMs, batch } = this.terms;
    if (timeoutMs !== undefined || batch || this.isDeferred || (!origin && isMock(this.call))) return false;
    return !this.takesMessage;
  }

  /** Not called inside the send: its message is kept. */
  get isDeferred(): boolean {
    return this.terms.delivery.moment !== undefined;
  }

  get isAsync(): boolean {
    return this.terms.origin?.async ?? isAsyncFunction(this.call);
  }

  get takesMessage(): boolean {
    const { origin } = this.terms;
    if (origin) return origin.takesMessage;
    return isMock(this.call) ? takesMessage(this.call) : (this.takes ??= takesMessage(this.call));
  }

  endWith(signal: AbortSignal, end: () => void): void {
    this.ends ??= new Map<AbortSignal, () => void>();
    if (this.ends.has(signal)) return;
    signal.addEventListener('abort', end, { once: true });
    this.ends.set(signal, () => signal.removeEventListener('abort', end));
  }

  /** It has ended: nothing else keeps it alive. */
  release(): void {
    for (const letGo of this.ends?.values() ?? []) letGo();
    this.ends = undefined;
  }

  /** How an error or a list shows where the receiver is written. */
  whereIn(signalName: string): string {
    return this.terms.origin?.where ?? `${signalName}.connect(${this.uid})`;
  }

  forSenders(senders: readonly unknown[]): ConnectionRecord {
    return new ConnectionRecord(this.call, { ...this.terms, senders });
  }
}
