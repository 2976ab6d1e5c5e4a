import type { SlowPath } from './slow-path.js';
import { checkReceiver, termsOf } from './connect-options.js';
import type {
  AnyConnectOptions,
  AnySignal,
  Connection,
  Receiver,
  SignalClass,
  SignalTraits,
} from '../message/message.js';
import { ChannelConnection } from './channel-connection.js';
import { ConnectionRecord, type Origin } from './connection.js';
import { Connections } from './connections.js';
import { GoneUids } from './gone-uids.js';
import { isObserved } from '../message/observation.js';
import { inOrder } from './order.js';
import { NO_RECEIVERS, type ReceiverList } from './receiver-list.js';
import { ReceiverLists } from './receiver-lists.js';
import { refuseTakenUid } from './taken-uid.js';
import { PayloadSchema, type StandardSchemaV1 } from '../message/schema.js';

/** An application, as far as its channels need it. */
export interface ChannelApplication {
  readonly slowPath: SlowPath;
  readonly sources: {
    of(signal: SignalClass): { senderKey?(sender: unknown): unknown } | undefined;
    /** Refuses a connection that could never be called. */
    check(channel: Channel, record: ConnectionRecord): void;
    /** Notifies the source of a signal that the signal has a receiver. */
    notify(channel: Channel): void;
  };
}

/**
 * The connections of one signal in one application.
 *
 * A `Signal` is a thin handle on it: however often a signal class is provided, it has one channel.
 */
export class Channel<Application extends ChannelApplication = ChannelApplication> {
  private readonly connections = new Connections();
  private readonly lists: ReceiverLists;
  private readonly goneUids = new GoneUids();
  /** The channels of the signals that extend this one. */
  private readonly extending: Channel[] = [];
  private readonly slowPath: SlowPath;
  private first: AnySignal | undefined;
  private watchers = 0;
  /** How many of its sends are under way, and which send of the application was the first of them. */
  running = 0;
  since = 0;
  /** Where connections have moved that were made here. */
  successor: Channel | undefined;
  readonly schema: PayloadSchema | undefined;

  constructor(
    readonly registry: Application,
    readonly signal: SignalClass,
  ) {
    this.slowPath = registry.slowPath;
    const { schema } = signal as { schema?: StandardSchemaV1 };
    this.schema = schema && new PayloadSchema(this.name, schema);
    this.lists = new ReceiverLists(() => this.ordered(), this.schema === undefined);
  }

  get name(): string {
    return (this.signal as { signalName?: string }).signalName ?? this.signal.name;
  }

  /** The signal as receivers are shown it: the first instance that the application made. */
  get handle(): AnySignal {
    return (this.first ??= new (this.signal as new () => AnySignal)());
  }

  /** Makes `signal` the handle when it is the first. */
  introduce(signal: AnySignal): void {
    this.first ??= signal;
  }

  get isEmpty(): boolean {
    return this.connections.size === 0;
  }

  /** Whether the signal has a receiver, or is watched: otherwise it need not be sent. */
  hasAudience(): boolean {
    return this.watchers > 0 || !this.isEmpty;
  }

  /** Whether a send of this sender has a receiver, or the signal is watched. */
  hasAudienceFor(sender: unknown): boolean {
    return this.watchers > 0 || this.list(sender).records.length > 0;
  }

  /**
   * Has the signal sent even while it has no receiver.
   *
   * @returns what ends it.
   */
  watch(): () => void {
    let isOver = false;
    this.watchers++;
    this.registry.sources.notify(this);
    return () => {
      if (!isOver) this.watchers--;
      isOver = true;
    };
  }

  /** Whether the application knows the signal: it is provided, or has a receiver. */
  get isKnown(): boolean {
    return this.first !== undefined || !this.isEmpty || this.extending.some(({ isKnown }) => isKnown);
  }

  /** Whether the application has an instance of the signal, or of one that extends it. */
  get isProvided(): boolean {
    return this.first !== undefined || this.extending.some(({ isProvided }) => isProvided);
  }

  get records(): Iterable<ConnectionRecord> {
    return this.connections;
  }

  /** @internal The traits that every instance of the signal has. */
  get traits(): SignalTraits {
    return this.signal.prototype;
  }

  /** Returns the key that a sender is compared by. */
  senderKey(sender: unknown): unknown {
    const key = this.traits.senderKey(sender);
    return this.registry.sources.of(this.signal)?.senderKey?.(key) ?? key;
  }

  /** Computes the keys of senders again, for connections made before the source of the signal was known. */
  settleSenders(): void {
    for (const record of this.connections) {
      const { senders } = record.terms;
      if (senders.length > 0)
        record.terms = { ...record.terms, senders: senders.map(sender => this.senderKey(sender)) };
    }
    this.lists.forget();
  }

  /** The receivers of `sender` now, in order. */
  list(sender: unknown): ReceiverList {
    return this.lists.of(sender);
  }

  /** Whether a send has nothing to do. Asked first, so that a signal without receivers costs next to nothing. */
  get hasNothingToDo(): boolean {
    return this.lists.fast === NO_RECEIVERS && !this.slowPath.isRequired && !isObserved();
  }

  /** Returns the receivers of a sender if the payload is all that they take, and nothing else decides; undefined otherwise. */
  fastList(sender: unknown): ReceiverList | undefined {
    if (this.slowPath.isRequired || isObserved()) return undefined;
    return this.lists.fast ?? this.bareList(sender);
  }

  private bareList(sender: unknown): ReceiverList | undefined {
    const list = this.lists.of(sender);
    return list.takesPayloadOnly && !this.schema ? list : undefined;
  }

  /** Returns the receivers of a sender if some of them take the message, and nothing else decides; undefined otherwise. */
  messageList(sender: unknown): ReceiverList | undefined {
    if (this.slowPath.isRequired || isObserved()) return undefined;
    const list = this.lists.of(sender);
    return list.takesMessage && !this.schema ? list : undefined;
  }

  /** Returns the receivers of a sender if they take the payload alone, or have the message later; undefined otherwise. */
  fastListInScope(sender: unknown): ReceiverList | undefined {
    if (this.slowPath.isRequired || isObserved() || this.schema) return undefined;
    const list = this.lists.of(sender);
    return list.isFastInScope ? list : undefined;
  }

  /** Every connection, in the order in which they run. */
  ordered(): readonly ConnectionRecord[] {
    return inOrder([...this.connections], this.name, this.goneUids);
  }

  /**
   * Connects `receiver` after those already connected; sends under way do not call it.
   *
   * A receiver (or a uid) stays as it was for the senders that it is connected for already, as in Django.
   *
   * @throws {SignalError} `NOT_A_RECEIVER`, `UNKNOWN_OPTION`, `RECEIVER_UID_TAKEN`, and what the signal's source refuses.
   */
  connect(receiver: Receiver<never>, options?: AnyConnectOptions, origin?: Origin): Connection {
    checkReceiver(this, receiver);
    const record = new ConnectionRecord(receiver, termsOf(this, options, origin));
    const { until } = options ?? {};
    if (until?.aborted) return new ChannelConnection(this, record);
    const standing = this.add(record);
    const connection = new ChannelConnection(this, standing);
    if (until) standing.endWith(until, () => connection.disconnect());
    return connection;
  }

  private add(record: ConnectionRecord): ConnectionRecord {
    this.registry.sources.check(this, record);
    const standing = this.connections.add(record);
    refuseTakenUid(this.name, standing, record);
    for (const channel of this.extending) channel.inherit(standing);
    this.remember(standing);
    return standing;
  }

  private remember(record: ConnectionRecord): void {
    this.goneUids.connected(record);
    this.lists.forget();
    this.registry.sources.notify(this);
  }

  /** Ends what is connected under this key for exactly this sender; `undefined` stands for every sender. */
  disconnect(key: unknown, sender?: unknown): boolean {
    const record = this.connections.find(key, sender);
    if (!record) return false;
    const others = record.terms.senders.filter(other => other !== sender);
    if (others.length === 0) return this.remove(record);
    record.terms = { ...record.terms, senders: others };
    for (const channel of [this, ...this.extending]) channel.lists.forget();
    return true;
  }

  has(record: ConnectionRecord): boolean {
    return this.connections.has(record);
  }

  remove(record: ConnectionRecord): boolean {
    for (const channel of this.extending) channel.remove(record);
    this.lists.forget();
    const isEnded = this.connections.remove(record);
    if (isEnded) {
      this.goneUids.disconnected(record);
      record.release();
    }
    return isEnded;
  }

  /** Connects the receivers of this channel to that of a signal that extends this one. */
  extendedBy(channel: Channel): void {
    this.extending.push(channel);
    for (const record of this.connections) channel.inherit(record);
  }

  /** Takes over what was connected to a handle before it belonged to an application. */
  adopt(other: Channel): void {
    other.successor = this;
    for (const record of other.connections) this.add(record);
  }

  private inherit(record: ConnectionRecord): void {
    this.registry.sources.check(this, record);
    this.connections.inherit(record);
    this.remember(record);
  }
}
