import type { ConnectionRecord } from '../connection/connection.js';
import { SignalError } from '../message/errors.js';
import type { SendingChannel as Channel } from './sending.js';

/** Why a synchronous send refuses a receiver. */
export function asyncReceiver({ name }: Channel, record: ConnectionRecord): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `${name}.sendSync() cannot wait for ${record.uid}, which is asynchronous.`,
    at: record.whereIn(name),
    fix: `await ${name}.send(), or make the receiver synchronous.`,
  });
}

/** Why a synchronous send refuses a receiver that runs later: it could not wait for what would be run at once. */
export function needsTransaction({ name }: Channel, record: ConnectionRecord): SignalError {
  const { delivery } = record.terms;
  return new SignalError('NO_TRANSACTION', {
    what: `${name}.sendSync() cannot leave ${record.uid} to the delivery '${delivery.name}': no transaction is open.`,
    at: record.whereIn(name),
    fix: `await ${name}.send(), or call sendSync() inside a transaction.`,
  });
}

/** The same for one that was called already: its error must reach somebody, and not as an unhandled rejection. */
export function abandon(channel: Channel, record: ConnectionRecord, running: PromiseLike<unknown>): SignalError {
  const { name, registry } = channel;
  running.then(undefined, (reason: unknown) => registry.log.receiverFailed(record.uid, name, reason));
  return asyncReceiver(channel, record);
}
