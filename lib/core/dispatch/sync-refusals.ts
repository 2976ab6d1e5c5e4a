import type { ConnectionRecord } from '../connection/connection.js';
import { SignalError } from '../message/errors.js';
import type { SendingChannel as Channel } from './sending.js';

/** Refuses an asynchronous receiver of a synchronous send. */
export function asyncReceiver({ name }: Channel, record: ConnectionRecord): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `${name}.sendSync() cannot wait for ${record.uid}, which is asynchronous.`,
    at: record.whereIn(name),
    fix: `await ${name}.send(), or make the receiver synchronous.`,
  });
}

/** Refuses a receiver that runs later: a synchronous send could not wait for what would be run at once. */
export function needsTransaction({ name }: Channel, record: ConnectionRecord): SignalError {
  const { delivery } = record.terms;
  return new SignalError('NO_TRANSACTION', {
    what: `${name}.sendSync() cannot leave ${record.uid} to the delivery '${delivery.name}': no transaction is open.`,
    at: record.whereIn(name),
    fix: `await ${name}.send(), or call sendSync() inside a transaction.`,
  });
}

/** Refuses a receiver that turned out to be asynchronous when it was called: its error is logged, and is no unhandled rejection. */
export function abandon(channel: Channel, record: ConnectionRecord, running: PromiseLike<unknown>): SignalError {
  const { name, registry } = channel;
  running.then(undefined, (reason: unknown) => registry.log.receiverFailed(record.uid, name, reason));
  return asyncReceiver(channel, record);
}
