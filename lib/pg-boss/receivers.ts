import { type Channel, type ConnectionRecord } from '../core/index.js';
import { type DurableOptions, JobReceivers } from '../durable/index.js';
import { queueNamesOf } from './queue-names.js';

const DEFAULT_BATCH = 10;
const DEFAULT_BATCH_OF_ONE_CALL = 100;

/** A durable receiver: what is connected with one uid. */
export class DurableReceiver extends JobReceivers {
  /** Where its messages are stored. */
  readonly queue: string;
  /** Everywhere that messages for it may be: it may have had another uid, or no keys. */
  readonly queues: readonly string[];
  /** Where its dead messages are, those of its earlier uids included. */
  readonly deadQueues: readonly [own: string, ...earlier: string[]];

  constructor(
    readonly uid: string,
    readonly options: DurableOptions,
  ) {
    super();
    const own = queueNamesOf(uid);
    const earlier = (options.formerly ?? []).map(queueNamesOf);
    this.queue = options.key ? own.ordered : own.plain;
    const all = [own, ...earlier].flatMap(({ plain, ordered }) => [plain, ordered]);
    this.queues = [...new Set([this.queue, ...all])];
    this.deadQueues = [own.dead, ...earlier.map(({ dead }) => dead)];
  }

  get timeoutMs(): number | undefined {
    const limits = this.records.map(({ terms }) => terms.timeoutMs);
    return limits.includes(undefined) ? undefined : Math.max(...(limits as number[]));
  }

  get takesBatches(): boolean {
    return this.records.some(({ terms }) => terms.batch);
  }

  /** Whether calls run in a transaction, and so hold a connection for as long as they run. */
  get holdsTransaction(): boolean {
    return this.options.transaction !== false;
  }

  /** How many messages are fetched at once, at most. */
  get batch(): number {
    return this.options.batch ?? (this.takesBatches ? DEFAULT_BATCH_OF_ONE_CALL : DEFAULT_BATCH);
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
