import { isAsyncFunction } from 'node:util/types';
import {
  BOOLEAN,
  checkOptions,
  functionOf,
  isListOfNames,
  type Message,
  type OptionKinds,
  optionOwner,
  wholeNumber,
} from '../core/index.js';

/** How a durable receiver runs. */
export interface DurableOptions<Payload = never, Stored extends object = object> {
  /** How often a failed call is repeated before the message is dead. Default: 5. */
  retryLimit?: number;
  /** How long the first repetition waits, in milliseconds; each further one about twice as long. Default: 1000. */
  backoffMs?: number;
  /** The longest that a repetition waits, in milliseconds. Default: one hour. */
  maxBackoffMs?: number;
  /**
   * Whether a call that failed is repeated, while repetitions are left. `false`: the message is dead at once, as when
   * the receiver throws `PermanentFailure`. Default: always.
   */
  retryWhen?: (error: unknown, attempt: number) => boolean;
  /** How long every message waits before its first call, in milliseconds. Default: 0. */
  delayMs?: number;
  /** How long a message is kept that no process takes, in milliseconds. Default: the `parkedRetentionDays` of the backend. */
  keepMs?: number;
  /**
   * Messages with the same key run one after another, never two at once, on whichever machine: in the order in which they
   * were stored, just before COMMIT. Transactions that change the same row wait for each other, so theirs is the order of
   * their commits; of others that overlap, the one that commits late may come late.
   */
  key?: (payload: Payload, message: Message) => string;
  /** How many calls run at the same time in one process. Default: 4. */
  concurrency?: number;
  /**
   * For a receiver with `batch: true`: how many messages are in one call, at most. Default: 100. For others: how many
   * messages a process fetches at once for each call that it may make at a time, if calls are short. Default: 10.
   * A message of long calls is fetched when the call can be made.
   */
  batch?: number;
  /**
   * Whether the receiver runs in a transaction that also completes the message: what it writes happens once. `false`
   * for receivers that talk to the outside: no transaction is held open, and the message is completed afterwards.
   * Default: true.
   */
  transaction?: boolean;
  /** Makes the value that is stored, and that the receiver is given, instead of the payload. */
  payload?: (payload: Payload, message: Message) => Stored;
  /** The processes that serve the receiver: those whose `work` names this group. Default: those that serve everything, or its uid. */
  group?: string;
  /** Earlier uids of this receiver: what is still stored for them is delivered to it. */
  formerly?: readonly string[];
}

export const DEFAULT_RETRY_LIMIT = 5;

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

const FUNCTION = functionOf('the payload and the message');

/** The options of `durable()`. A new option is a row here, and a property of `DurableOptions`. */
const DURABLE_OPTIONS: OptionKinds<DurableOptions> = {
  retryLimit: wholeNumber(0, 1000),
  backoffMs: wholeNumber(0, YEAR_MS),
  maxBackoffMs: wholeNumber(0, YEAR_MS),
  retryWhen: {
    accepts: value => typeof value === 'function' && !isAsyncFunction(value),
    fix: 'give a synchronous function of the error and the attempt.',
  },
  delayMs: wholeNumber(0, YEAR_MS),
  keepMs: wholeNumber(1000, 100 * YEAR_MS),
  key: FUNCTION,
  concurrency: wholeNumber(1, 1000),
  batch: wholeNumber(1, 10_000),
  transaction: BOOLEAN,
  payload: FUNCTION,
  group: { accepts: value => typeof value === 'string', fix: 'give a name.' },
  formerly: { accepts: isListOfNames, fix: `write formerly: ['old.uid'].` },
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkDurableOptions(options: unknown): asserts options is object {
  checkOptions(optionOwner('durable', undefined, 'a durable delivery'), options, DURABLE_OPTIONS);
}
