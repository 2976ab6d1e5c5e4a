/**
 * What one receiver answered, in the order in which the receivers were called.
 *
 * `rejected` comes from `sendRobust` only; `deferred` from a delivery that has not run the receiver yet.
 */
export type SignalResponse =
  | { receiver: string; status: 'fulfilled'; value: unknown }
  | { receiver: string; status: 'rejected'; reason: unknown }
  | { receiver: string; status: 'deferred'; delivery: string };
