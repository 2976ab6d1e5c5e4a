import type { Channel, ConnectionRecord, DeferredMessage, KnownEntityManager, ShownError } from '../core/index.js';
import type { DurableOptions } from './durable-options.js';
import type { MessageFilter } from './message-filter.js';
import type { StoredMessage } from './stored-message.js';

/** The jobs of one application; the room of an engine provides it. */
export interface DurableJobs {
  /** A durable receiver was connected. */
  add(channel: Channel, record: ConnectionRecord, options: DurableOptions): void;
  /**
   * Makes of a message what will be stored, when it is sent.
   *
   * @throws {SignalError} `PAYLOAD_NOT_SERIALIZABLE`
   */
  prepare(message: DeferredMessage, options: DurableOptions): unknown;
  /** Stores messages in the transaction of `em`, or in one of its own. */
  store(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void>;
  /** The operations behind `DurableSignals`. */
  readonly operations: DurableOperations;
  /** The place for changes of rows; undefined where the engine has none, or is not to send them. */
  readonly rows?: RowPlace | undefined;
}

/** The database in which an engine keeps its jobs beside the rows whose changes are sent. */
export interface RowPlace {
  /** The schema of the jobs. */
  readonly schema: string;
  readonly root: KnownEntityManager;
  /** Whether this process works on jobs, and not only stores them. */
  readonly isWorking: boolean;
  /**
   * Listens for notifications of the database.
   *
   * @param notified - called for each, and where some may have been missed.
   */
  listen(channel: string, notified: () => void): Promise<{ close(): Promise<void> } | undefined>;
  /** Counts, with the messages, changes that have not been sent. */
  count(counts: () => Promise<DurableCounts | undefined>): void;
}

/** The numbers of messages of one durable receiver. */
export interface DurableCounts {
  /** The uid of the receiver. */
  readonly receiver: string;
  /** The number of messages that are ready to be delivered. */
  readonly waiting: number;
  /** The number of messages that wait for their time: delayed, or to be repeated. */
  readonly delayed: number;
  /** The number of messages that are being delivered. */
  readonly active: number;
  /** The number of messages that have failed for the last time. */
  readonly dead: number;
  /**
   * The time for which the oldest due message has been due, in milliseconds; one that was given back uncalled, such as
   * one of a newer version, still is. 0 when none is.
   */
  readonly oldestMs: number;
  /** Whether no worker takes its messages until it is resumed. */
  readonly paused: boolean;
  /** Whether it has messages and no receiver in this application. */
  readonly parked: boolean;
}

/** A message whose receiver has failed for the last time. */
export interface DeadMessage {
  /** The id of what is stored for this receiver, for `retry` and `remove`. */
  readonly id: string;
  /** The uid of the receiver. */
  readonly receiver: string;
  /** The name of the signal. */
  readonly signal: string;
  /** The `message.id` that its receivers are given; `retry` and `remove` take it, too. */
  readonly message: string;
  /** The number of calls of its receiver. */
  readonly attemptCount: number;
  /** The last ten attempts that failed, the oldest first. */
  readonly attempts: readonly FailedAttempt[];
  /** The time when it was stored, in the transaction that it was sent in. */
  readonly storedAt: Date;
  /** The time of its last failure. */
  readonly failedAt: Date;
  /** The error of the last call. */
  readonly error: ShownError;
}

/** One failed call of a durable receiver. */
export interface FailedAttempt {
  /** The error of the call. */
  readonly error: ShownError;
  /** The time of the failure. */
  readonly at: Date;
  /** The host and the process that called it; undefined if its worker died. */
  readonly worker?: string;
}

export interface DurableOperations {
  counts(): Promise<DurableCounts[]>;
  dead(filter: MessageFilter): Promise<DeadMessage[]>;
  /** A dead message as it was stored, readable. Undefined if there is none with this id. */
  storedMessage(id: string): Promise<StoredMessage | undefined>;
  retry(filter: MessageFilter): Promise<number>;
  remove(filter: MessageFilter): Promise<number>;
  purge(filter: MessageFilter): Promise<number>;
  pause(receiver: string): Promise<void>;
  resume(receiver: string): Promise<void>;
}
