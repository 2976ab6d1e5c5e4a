import { observation, type ObservedAttempt, type SignalRegistry } from '../core/index.js';
import type { JobReceiver } from './job-receivers.js';
import type { StoredMessage } from './stored-message.js';

/** How an attempt has ended, message by message, and the error of the call. */
export type AttemptNotes = Pick<ObservedAttempt, 'outcomes' | 'error'>;

/** Makes an attempt, while others may watch it. `work` notes how it has ended, and does not reject with a receiver's error. */
export function observedAttempt<T>(
  registry: SignalRegistry,
  { channel, record }: JobReceiver,
  messages: () => readonly { readonly job: StoredMessage; readonly attempt: number }[],
  work: (noted: AttemptNotes) => Promise<T>,
): Promise<T> {
  const { attempt } = observation;
  if (!attempt.start.hasSubscribers) return work({ outcomes: [] });
  const observed: ObservedAttempt = {
    registry,
    signal: channel.handle,
    receiver: record.uid,
    delivery: record.terms.delivery.name,
    messages: messages().map(({ job: { id, causedBy, carrier }, attempt: at }) => ({
      id,
      causedBy,
      carrier,
      attempt: at,
    })),
    outcomes: [],
  };
  return attempt.tracePromise(work, observed, undefined, observed);
}
