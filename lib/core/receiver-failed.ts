import type { Message, SignalClass } from './message/message.js';
import { Signal } from './signal.js';

/** The payload of `ReceiverFailed`. */
export interface ReceiverFailedPayload {
  /** The uid of the receiver. */
  readonly receiver: string;
  /** The message that it received. */
  readonly message: Message;
  /** The error that the receiver failed with. */
  readonly error: unknown;
}

/**
 * Sent when a receiver failed and no caller received the error: it ran after COMMIT, after a rollback or in a worker.
 * The sender is the class of the signal that it had received.
 *
 * Sent after the error was logged. An error of its own receivers is only logged.
 */
export class ReceiverFailed extends Signal<ReceiverFailedPayload, SignalClass> {}
