import { type Channel, type ConnectionRecord } from '../core/index.js';
import { type DurableOptions, refuseSameName } from '../durable/index.js';
import { type QueueNames, queueNamesOf } from './queue-names.js';

const DEFAULT_BATCH = 10;
const DEFAULT_BATCH_OF_ONE_CALL = 100;

/** A signal that a receiver receives, by one connection or by several for different senders. */
interface Received {
  readonly channel: Channel;
  readonly record: ConnectionRecord;
}

/** A durable receiver: what is connected with one uid. */
export class DurableReceiver {
  readonly names: QueueNames;
  private readonly bySignal = new Map<string, Received>();

  constructor(
    readonly uid: string,
    readonly options: DurableOptions,
  ) {
    this.names = queueNamesOf(uid);
  }

  /** Where its messages are stored. */
  get queue(): string {
    return this.options.key ? this.names.ordered : this.names.plain;
  }

  /** Everywhere that messages for it may be: it may have had another uid, or no keys. */
  get queues(): readonly string[] {
    const formerly = (this.options.formerly ?? []).map(queueNamesOf);
    const all = [this.names, ...formerly].flatMap(({ plain, ordered }) => [plain, ordered]);
    return [this.queue, ...all.filter(name => name !== this.queue)];
  }

  /** Where its dead messages are, those of its earlier uids included. */
  get deadQueues(): readonly string[] {
    return [this.names, ...(this.options.formerly ?? []).map(queueNamesOf)].map(({ dead }) => dead);
  }

  get timeoutMs(): number | undefined {
    const limits = [...this.bySignal.values()].map(({ record }) => record.terms.timeoutMs);
    return limits.includes(undefined) ? undefined : Math.max(...(limits as number[]));
  }

  get takesBatches(): boolean {
    return [...this.bySignal.values()].some(({ record }) => record.terms.batch);
  }

  /** Its calls run in a transaction, and hold a connection for as long as they run. */
  get holdsTransaction(): boolean {
    return this.options.transaction !== false;
  }

  /** How many messages are fetched at once, at most. */
  get batch(): number {
    return this.options.batch ?? (this.takesBatches ? DEFAULT_BATCH_OF_ONE_CALL : DEFAULT_BATCH);
  }

  add(channel: Channel, record: ConnectionRecord): void {
    const known = this.bySignal.get(channel.name);
    refuseSameName(known, channel, record.whereIn(channel.name));
    if (!known || !known.channel.has(known.record)) this.bySignal.set(channel.name, { channel, record });
  }

  /** Undefined where it does not receive the signal, or not any more. */
  of(signal: string): Received | undefined {
    const received = this.bySignal.get(signal);
    return received && received.channel.has(received.record) ? received : undefined;
  }

  get isConnected(): boolean {
    return [...this.bySignal.values()].some(({ channel, record }) => channel.has(record));
  }
}

/** The durable receivers of an application, by uid. */
export class DurableReceivers {
  private readonly byUid = new Map<string, DurableReceiver>();

  /** @returns the receiver when it is new. */
  add(channel: Channel, record: ConnectionRecord, options: DurableOptions): DurableReceiver | undefined {
    const known = this.byUid.get(record.uid);
    const receiver = known ?? new DurableReceiver(record.uid, options);
    receiver.add(channel, record);
    this.byUid.set(record.uid, receiver);
    return known ? undefined : receiver;
  }

  get(uid: string): DurableReceiver | undefined {
    return this.byUid.get(uid);
  }

  /** Whether a connected receiver takes what is stored for this uid, which may be an earlier one of it. */
  serves(uid: string): boolean {
    const isOf = (receiver: DurableReceiver) => receiver.uid === uid || receiver.options.formerly?.includes(uid);
    return [...this.byUid.values()].some(receiver => receiver.isConnected && isOf(receiver));
  }

  [Symbol.iterator](): IterableIterator<DurableReceiver> {
    return this.byUid.values();
  }
}
