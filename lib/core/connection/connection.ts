import { isAsyncFunction } from 'node:util/types';
import type { Delivery } from '../message/delivery.js';
import type { AnyConnectOptions, Connection, Receiver } from '../message/message.js';
import { senderMatches } from '../message/sender.js';
import { isMock, takesMessage } from './parameters.js';

/** The facts about a receiver that discovery knows, and `connect()` cannot know. */
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
  /** Whether its result has to be awaited: an async method, or a provider that has to be resolved first. */
  readonly async: boolean;
}

/** The options of a connection that its channel keeps as they are given. */
export type KeptOptions = Readonly<
  Omit<AnyConnectOptions, 'sender' | 'includeSubclasses' | 'delivery' | 'before' | 'after' | 'until'>
>;

/** Options of a connection as a channel keeps them, checked and with the defaults filled in. */
export interface Terms extends KeptOptions {
  readonly senders: readonly unknown[];
  readonly includeSubclasses: boolean;
  readonly delivery: Delivery;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly origin?: Origin;
  /** Connected for one message, and it was sent. */
  isConsumed?: boolean;
}

/** A receiver as its channel keeps it. */
export class ConnectionRecord {
  private takes: boolean | undefined;
  private name: string | undefined;
  /** The signals that end it, each with the function that forgets it. */
  private ends: Map<AbortSignal, () => void> | undefined;

  constructor(
    readonly call: Receiver<never>,
    public terms: Terms,
  ) {}

  /** Kept once it was read: that of a function is slow to read. */
  get uid(): string {
    return (this.name ??= this.terms.uid ?? this.terms.origin?.name ?? (this.call.name || 'an anonymous function'));
  }

  /** The key of a connection, beside its sender: the uid, or else the receiver itself. */
  get key(): unknown {
    return this.terms.uid ?? this.terms.origin?.identity ?? this.call;
  }

  /** Whether a condition is asked when a message is sent. */
  get isConditional(): boolean {
    const { fields, when, once, delivery } = this.terms;
    return fields !== undefined || when !== undefined || once === true || delivery.moment === 'after-rollback';
  }

  /** Called with the payload, and nothing else is to be done. */
  get takesPayloadOnly(): boolean {
    return this.isCalledDirectly && !this.takesMessage;
  }

  /** Called with the payload, and with the message where it takes it, and nothing else is to be done. */
  get isCalledDirectly(): boolean {
    const { origin, timeoutMs, batch } = this.terms;
    return timeoutMs === undefined && !batch && !this.isDeferred && (origin !== undefined || !isMock(this.call));
  }

  /** Whether it is called later: its message is kept. */
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

  /** Whether it receives what the sender with this key sends. */
  receivesFrom(key: unknown): boolean {
    const { senders, includeSubclasses } = this.terms;
    return senders.length === 0 || senders.some(asked => senderMatches(asked, key, includeSubclasses));
  }

  endWith(signal: AbortSignal, end: () => void): void {
    this.ends ??= new Map<AbortSignal, () => void>();
    if (this.ends.has(signal)) return;
    signal.addEventListener('abort', end, { once: true });
    this.ends.set(signal, () => signal.removeEventListener('abort', end));
  }

  /** Removes the listeners on abort signals, which would keep an ended connection alive. */
  release(): void {
    for (const letGo of this.ends?.values() ?? []) letGo();
    this.ends = undefined;
  }

  /** How an error or a list shows where the receiver is written. */
  whereIn(signalName: string): string {
    return this.terms.origin?.where ?? `${signalName}.connect(${this.uid})`;
  }

  /** Computes the keys of its senders again. */
  settleSenders(keyOf: (sender: unknown) => unknown): void {
    const { senders } = this.terms;
    if (senders.length > 0) this.terms = { ...this.terms, senders: senders.map(keyOf) };
  }

  forSenders(senders: readonly unknown[]): ConnectionRecord {
    return new ConnectionRecord(this.call, { ...this.terms, senders });
  }
}

/** A channel, as far as its connections need it. */
interface ConnectionHolder {
  /** The holder that its connections have moved to. */
  readonly successor: ConnectionHolder | undefined;
  has(record: ConnectionRecord): boolean;
  remove(record: ConnectionRecord): boolean;
}

/** A connection as the caller of `connect()` holds it. */
export class ChannelConnection implements Connection {
  constructor(
    private readonly holder: ConnectionHolder,
    private readonly record: ConnectionRecord,
    until?: AbortSignal,
  ) {
    if (until && !until.aborted) record.endWith(until, () => this.disconnect());
  }

  get uid(): string {
    return this.record.uid;
  }

  get connected(): boolean {
    return this.current.has(this.record);
  }

  disconnect(): boolean {
    return this.current.remove(this.record);
  }

  private get current(): ConnectionHolder {
    return this.holder.successor ?? this.holder;
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }
}
