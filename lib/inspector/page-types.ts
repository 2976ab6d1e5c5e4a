import type { SignalGraph } from './signal-graph.js';

/** The answer of `api/state`. */
export interface PageState {
  readonly graph: SignalGraph;
  /** Whether dead messages can be retried and removed, and receivers paused, from the page. */
  readonly operations: boolean;
  /** Whether values of payloads are shown. */
  readonly payloads: boolean;
  /** Whether sends are recorded at all. */
  readonly recording: boolean;
  /** A send, or a call of a receiver, that takes longer is slow, in milliseconds. */
  readonly slowMs: number;
  /** Absent where no changes of rows are sent. */
  readonly rows?: RowsState;
  /** The version of this package. */
  readonly packageVersion: string;
  /** The name of the root module. */
  readonly application: string;
}

/** Changes of rows that have not been sent, `waiting`, and that were set aside because they cannot be, `poisoned`. */
export interface RowsState {
  /** The time for which the oldest unsent change has been waiting, in milliseconds. */
  readonly lagMs: number;
  readonly waiting: number;
  readonly poisoned: number;
}

/** The first event, `hello`. */
export interface Hello {
  /** Names the process: records of another one are of no use to this stream. */
  readonly page: string;
  readonly recent: number;
}

/** An event `missed`: how many records this stream was not given. */
export interface Missed {
  readonly count: number;
}

/** An event `send`: one send, whole. It comes again, with the same `id`, whenever it has changed; the last one is valid. */
export interface SendRecord {
  readonly id: string;
  /** The name of the signal. */
  readonly signal: string;
  /** The class or the name of the sender. */
  readonly sender?: string;
  /** The `id` of the send whose receiver sent this one. */
  readonly causedBy?: string;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  /** How long it took, in milliseconds. Absent while it runs. */
  readonly ms?: number;
  /** The sends of one transaction have the same label. */
  readonly transaction?: string;
  /** The names of the properties of the context; with `payloads` each with its value, masked. */
  readonly context?: readonly string[];
  /** The payload as text, masked and cut. Only with `payloads`. */
  readonly payload?: string;
  readonly receivers: readonly CallRecord[];
  readonly skips: readonly { readonly receiver: string; readonly because: string }[];
  readonly failed: boolean;
  /** The error that the sender was given. */
  readonly error?: string;
  readonly slow: boolean;
  /** How many receivers, skips and texts were left out, because a record has at most 2 KB. */
  readonly cut?: number;
}

/**
 * `deferred`: waits for its moment in a transaction; `stored`: a worker will call it; `delivered`: a worker has called it;
 * `dead`: it has failed for the last time; `rolled-back`: its moment never came.
 */
export type CallState =
  | 'running'
  | 'ok'
  | 'failed'
  | 'timed-out'
  | 'deferred'
  | 'stored'
  | 'delivered'
  | 'dead'
  | 'rolled-back';

/** One receiver of one send. */
export interface CallRecord {
  readonly receiver: string;
  /** `inline`, `after-commit`, `durable`, ... */
  readonly delivery: string;
  readonly state: CallState;
  /** How long the receiver took, in milliseconds. */
  readonly ms?: number;
  /** Class and message of the error. */
  readonly error?: string;
  /** The moment that it waits for: `after-commit`, `durable`, ... */
  readonly until?: string;
  /** How often a worker has called it. */
  readonly attempts?: number;
}

/** The answer of `api/durable`. */
export type DurableAnswer = DurableState | { readonly available: false };

export interface DurableState {
  readonly available: true;
  readonly receivers: readonly DurableReceiverState[];
  /** The last 30 minutes, one point every 10 seconds while a page was open; the oldest first. */
  readonly history: readonly HistoryPoint[];
}

/** The numbers of one durable receiver; those of `DurableCounts`. */
export interface DurableReceiverState {
  readonly receiver: string;
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly dead: number;
  readonly oldestMs: number;
  readonly paused: boolean;
  readonly parked: boolean;
  /** How many messages this process has delivered to it in the last minute. */
  readonly ratePerMinute: number;
  readonly signal?: string;
}

/** `at` is in milliseconds since 1970, as everywhere here. */
export interface HistoryPoint {
  readonly at: number;
  readonly waiting: number;
  readonly dead: number;
  /** How many messages this process has delivered since the point before. */
  readonly done: number;
}

/** The answer of `api/dead`. */
export interface DeadState {
  /** How many match, also beyond the limit of `messages`. */
  readonly total: number;
  readonly groups: readonly DeadGroup[];
  /** The newest first. */
  readonly messages: readonly DeadSummary[];
}

/** Dead messages with one error and one place. */
export interface DeadGroup {
  readonly error: string;
  /** The first frame of the stack that is in neither a package nor Node. */
  readonly frame?: string;
  readonly count: number;
  readonly ids: readonly string[];
  /** When the newest of them failed. */
  readonly newest: number;
}

export interface DeadSummary {
  readonly id: string;
  readonly receiver: string;
  readonly signal: string;
  readonly failedAt: number;
  readonly attemptCount: number;
  readonly error: string;
  readonly frame?: string;
}

/** The answer of `api/message`: one dead message, whole. */
export interface MessageState {
  readonly id: string;
  readonly receiver: string;
  readonly signal: string;
  readonly message: string;
  readonly causedBy?: string;
  readonly storedAt: number;
  readonly attempts: readonly {
    readonly at: number;
    readonly error: string;
    readonly stack?: string;
    readonly worker?: string;
  }[];
  /** Names and shapes; with `payloads` also the values, masked. */
  readonly payload: unknown;
  readonly context?: unknown;
}

/** The body of `POST api/operations`. */
export interface OperationRequest {
  readonly operation: 'retry' | 'remove' | 'pause' | 'resume';
  readonly receiver?: string;
  readonly ids?: readonly string[];
  readonly text?: string;
}

/** How many messages an operation has changed. */
export interface OperationAnswer {
  readonly count: number;
}

export interface PageError {
  readonly error: { readonly code: string; readonly message: string };
}
