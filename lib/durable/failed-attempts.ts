import { hostname } from 'node:os';
import { isA, type ShownError } from '../core/index.js';
import { DEFAULT_RETRY_LIMIT, type DurableOptions } from './durable-options.js';
import { attemptOf, type Job } from './job.js';
import type { JobCall } from './job-call.js';
import { sendTask } from './send-task.js';
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

/**
 * Whether the message of a call is dead although it has repetitions left. An error of a batch does not say which message
 * failed: each is called alone first. What `retryWhen` throws is logged.
 */
export function isPermanent(
  { registry, received, jobs }: JobCall,
  { retryWhen }: DurableOptions,
  error: unknown,
): boolean {
  const [job, ...others] = jobs;
  if (!job || others.length > 0) return false;
  if (isA(error, PermanentFailure)) return true;
  try {
    return retryWhen?.(error, attemptOf(job)) === false;
  } catch (further) {
    registry.log.receiverFailed(received.record.uid, job.data.signal, further, 'in retryWhen');
    return false;
  }
}

/** Reports, and shows to the receivers of `TaskFinished`, that the message of a call is dead. */
export async function reportDead(call: JobCall, options: DurableOptions, error: unknown): Promise<void> {
  await call.report(error, attemptText(call.jobs[0]!, options));
  await sendTask(call, 'dead', error);
}
