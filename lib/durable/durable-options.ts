import { type Message, SignalError } from '../core/index.js';

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
  /** How long a message that nobody takes is kept, in milliseconds. Default: the `parkedRetentionDays` of the backend. */
  keepMs?: number;
  /** Messages with the same key run one after another, in the order in which they were sent, on whichever machine. */
  key?: (payload: Payload, message: Message) => string;
  /** How many calls run at the same time in one process. Default: 4. */
  concurrency?: number;
  /**
   * How many messages are in one call, of a receiver that takes them so: by default 100. For others, how many of short
   * calls are fetched ahead for each place, at most: by default 10. What takes long is fetched when there is a place for it.
   */
  batch?: number;
  /**
   * Whether the receiver runs in a transaction that also completes the message: what it writes happens once. `false`
   * for receivers that talk to the outside: no transaction is held open, and the message is completed afterwards.
   * Default: true.
   */
  transaction?: boolean;
  /** What is stored instead of the payload, and what the receiver is given. */
  payload?: (payload: Payload, message: Message) => Stored;
  /** Which processes serve it: those whose `work` names the group. Default: those that serve everything, or its uid. */
  group?: string;
  /** Earlier uids of this receiver: what is still stored for them is delivered to it. */
  formerly?: readonly string[];
}

export const DEFAULT_RETRY_LIMIT = 5;

const OPTION_NAMES: readonly (keyof DurableOptions)[] = [
  'retryLimit',
  'backoffMs',
  'maxBackoffMs',
  'retryWhen',
  'delayMs',
  'keepMs',
  'key',
  'concurrency',
  'batch',
  'transaction',
  'payload',
  'group',
  'formerly',
];

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** The least and the most that a number may be. */
const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  retryLimit: [0, 1000],
  backoffMs: [0, YEAR_MS],
  maxBackoffMs: [0, YEAR_MS],
  delayMs: [0, YEAR_MS],
  keepMs: [1000, 100 * YEAR_MS],
  concurrency: [1, 1000],
  batch: [1, 10_000],
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkDurableOptions(options: unknown): asserts options is object {
  if (typeof options !== 'object' || options === null) {
    throw badOption('', `${String(options)} is no object`, 'give an object, or leave it out.');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!(OPTION_NAMES as readonly string[]).includes(name)) {
      throw badOption(name, 'there is none of that name', `use one of ${OPTION_NAMES.join(', ')}.`);
    }
    if (value === undefined) continue;
    const [min, max] = LIMITS[name] ?? [];
    if (min !== undefined && !(Number.isInteger(value) && value >= min && value <= max!)) {
      throw badOption(name, `it is ${String(value)}`, `give a whole number from ${min} to ${max}.`);
    }
    if (name === 'retryWhen' && (typeof value !== 'function' || value.constructor.name === 'AsyncFunction')) {
      throw badOption(name, 'it is not a synchronous function', 'give a function of the error and the attempt.');
    }
    if ((name === 'key' || name === 'payload') && typeof value !== 'function') {
      throw badOption(name, 'it is not a function', 'give a function of the payload and the message.');
    }
    if (name === 'transaction' && typeof value !== 'boolean')
      throw badOption(name, 'it is not a boolean', 'say false.');
    if (name === 'group' && typeof value !== 'string') throw badOption(name, 'it is not a string', 'give a name.');
    if (name === 'formerly' && !isListOfNames(value)) {
      throw badOption(name, 'it is not a list of uids', `write formerly: ['old.uid'].`);
    }
  }
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every(uid => typeof uid === 'string');
}

function badOption(name: string, why: string, fix: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `The option${name && ` '${name}'`} of a durable delivery cannot be used: ${why}.`,
    at: name ? `durable({ ${name} })` : 'durable()',
    fix,
  });
}
