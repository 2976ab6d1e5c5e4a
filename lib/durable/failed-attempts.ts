import { hostname } from 'node:os';
import { isA, type ShownError, type SignalLog } from '../core/index.js';
import { DEFAULT_RETRY_LIMIT, type DurableOptions } from './durable-options.js';
import { attemptOf, type Job } from './job.js';
import type { StoredFailure, StoredMessage } from './stored-message.js';

/** How many errors of one message are kept. */
const KEPT = 10;

/**
 * Thrown by a durable receiver that would fail again however often it is called: its message is dead at once.
 *
 * Of messages that are delivered in one call, each is called alone first.
 */
export class PermanentFailure extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}

const WORKER = `${hostname()}:${process.pid}`;

/** The errors of a message after one more. */
export function failuresWith({ failures = [] }: StoredMessage, error: ShownError): readonly StoredFailure[] {
  return [...failures, { at: new Date().toISOString(), worker: WORKER, error }].slice(-KEPT);
}

/** Returns the log's text for a failed attempt: `message ..., attempt 2 of 6, next at ...`. */
export function attemptText(job: Job, { retryLimit = DEFAULT_RETRY_LIMIT }: DurableOptions, nextAt?: Date): string {
  const next = nextAt ? `next at ${nextAt.toISOString()}` : 'dead';
  return `message ${job.data.id}, attempt ${attemptOf(job)} of ${retryLimit + 1}, ${next}`;
}

/** Whether a message is dead although it has repetitions left. What `retryWhen` throws is logged. */
export function isPermanent(
  log: SignalLog,
  receiver: string,
  { retryWhen }: DurableOptions,
  job: Job,
  error: unknown,
): boolean {
  if (isA(error, PermanentFailure)) return true;
  try {
    return retryWhen?.(error, attemptOf(job)) === false;
  } catch (further) {
    log.receiverFailed(receiver, job.data.signal, further, 'in retryWhen');
    return false;
  }
}
