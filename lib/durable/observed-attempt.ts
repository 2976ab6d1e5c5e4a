import { observation, type ObservedAttempt, type SignalRegistry } from '../core/index.js';
import type { JobReceiver } from './job-receivers.js';

/** How an attempt has ended, message by message, and the error of the call. */
export type AttemptNotes = Pick<ObservedAttempt, 'outcomes' | 'error'>;

/** Makes an attempt, while others may watch it. `work` notes how it has ended, and does not reject with a receiver's error. */
export function observedAttempt<T>(
  registry: SignalRegistry,
  { channel, record }: JobReceiver,
  messages: () => ObservedAttempt['messages'],
  work: (noted: AttemptNotes) => Promise<T>,
): Promise<T> {
  const { attempt } = observation;
  if (!attempt.start.hasSubscribers) return work({ outcomes: [] });
  const observed: ObservedAttempt = {
    registry,
    signal: channel.handle,
    receiver: record.uid,
    delivery: record.terms.delivery.name,
    messages: messages(),
    outcomes: [],
  };
  return attempt.tracePromise(work, observed, undefined, observed);
}
