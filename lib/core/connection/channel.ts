import type { ChannelApplication } from './channel-application.js';
import { checkReceiver, refuseTakenUid, termsOf } from './connect-options.js';
import type {
  AnyConnectOptions,
  AnySignal,
  Connection,
  Receiver,
  SignalClass,
  SignalTraits,
} from '../message/message.js';
import { ChannelConnection, ConnectionRecord, type Origin } from './connection.js';
import { Connections } from './connections.js';
import { GoneUids, inOrder } from './order.js';
import { ReceiverLists } from './receiver-lists.js';
import { PayloadSchema, type StandardSchemaV1 } from '../message/schema.js';

/**
 * The connections of one signal in one application.
 *
 * A `Signal` is a thin handle on it: however often a signal class is provided, it has one channel.
 */
export class Channel<Application extends ChannelApplication = ChannelApplication> {
  private readonly connections = new Connections();
  /** The receivers of each sender. */
  readonly lists: ReceiverLists;
  private readonly goneUids = new GoneUids();
  /** The channels of the signals that extend this one. */
  private readonly extending: Channel[] = [];
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
    const { schema } = signal as { schema?: StandardSchemaV1 };
    this.schema = schema && new PayloadSchema(this.name, schema);
    this.lists = new ReceiverLists(() => this.ordered(), registry.slowPath, this.schema === undefined);
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

  /** Whether a send, of this sender or of any, may have a receiver, or is watched: otherwise it need not be made. */
  hasAudience(sender?: unknown): boolean {
    return this.watchers > 0 || (sender === undefined ? !this.isEmpty : this.lists.of(sender).records.length > 0);
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
    for (const record of this.connections) record.settleSenders(sender => this.senderKey(sender));
    this.lists.forget();
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
    return new ChannelConnection(this, until?.aborted ? record : this.add(record), until);
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
    if (!this.connections.remove(record)) return false;
    this.goneUids.disconnected(record);
    record.release();
    return true;
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
