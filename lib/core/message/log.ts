import { printable } from './shown-error.js';

/** The log, for errors and warnings that no caller receives. Payloads are never logged. */
export interface SignalLog {
  /** @param attempt - of a durable receiver: the message, which of how many attempts, and when the next is made. */
  receiverFailed(receiver: string, signal: string, reason: unknown, attempt?: string): void;
  receiverSkipped(receiver: string, signal: string, because: string): void;
  /** Logs the error of a send that called no receiver, and whose code cannot receive the error. */
  notSent?(signal: string, reason: unknown): void;
  /** Logs a send whose receivers were disconnected already, because the application shuts down. */
  sentTooLate?(signal: string): void;
  /** @param sends - receivers and signals, as a line names them. */
  sendsNotAwaited?(sends: readonly string[]): void;
}

/** COMMIT has to wait for sends that the application did not await. */
export function notAwaitedText(sends: readonly string[]): string {
  return `COMMIT waits for what was sent in its transaction and not awaited: ${sends.join(', ')}. Await the send.`;
}

export function notSentText(signal: string): string {
  return `${signal} could not be sent`;
}

/** `1 receiver`, `2 receivers`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** One line about a receiver that failed. */
export function failedText(receiver: string, signal: string, attempt?: string): string {
  return `${receiver} failed on ${signal}${attempt === undefined ? '' : `: ${attempt}`}`;
}

/** For signals outside an application. */
export const consoleLog: SignalLog = {
  receiverFailed: (receiver, signal, reason, attempt) =>
    console.error(failedText(receiver, signal, attempt), printable(reason)),
  receiverSkipped: () => {},
  notSent: (signal, reason) => console.error(notSentText(signal), printable(reason)),
  sendsNotAwaited: sends => console.warn(notAwaitedText(sends)),
};
