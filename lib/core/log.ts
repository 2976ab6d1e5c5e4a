/** Where the library says what no caller can be told. Payloads are never logged. */
export interface SignalLog {
  receiverFailed(receiver: string, signal: string, reason: unknown): void;
  receiverSkipped(receiver: string, signal: string, because: string): void;
}

/** For signals outside an application. */
export const consoleLog: SignalLog = {
  receiverFailed: (receiver, signal, reason) => console.error(`${receiver} failed on ${signal}`, reason),
  receiverSkipped: () => {},
};
