import type { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import { SignalError } from './errors.js';

/** Why a synchronous send refuses a receiver. */
export function asyncReceiver({ name }: Channel, record: ConnectionRecord): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `${name}.sendSync() cannot wait for ${record.uid}, which is asynchronous.`,
    at: record.whereIn(name),
    fix: `await ${name}.send(), or make the receiver synchronous.`,
  });
}

/** The same for one that was called already: its error must reach somebody, and not as an unhandled rejection. */
export function abandon(channel: Channel, record: ConnectionRecord, running: PromiseLike<unknown>): SignalError {
  const { name, registry } = channel;
  running.then(undefined, (reason: unknown) => registry.log.receiverFailed(record.uid, name, reason));
  return asyncReceiver(channel, record);
}
