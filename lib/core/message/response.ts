/**
 * The response of one receiver; responses stand in the order in which the receivers were called.
 *
 * `rejected` comes from `sendRobust` only; `deferred` from every delivery but `inline`: the receiver runs later, or has
 * been run at once because there is no transaction to wait for.
 */
export type SignalResponse =
  | { receiver: string; status: 'fulfilled'; value: unknown }
  | { receiver: string; status: 'rejected'; reason: unknown }
  | { receiver: string; status: 'deferred'; delivery: string };
