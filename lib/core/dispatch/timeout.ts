import type { ConnectionRecord } from '../connection/connection.js';
import { SignalError } from '../message/errors.js';
import type { Sending } from './sending.js';
import type { SentMessage } from './sent-message.js';

/**
 * Settles as the receiver does, or rejects when its time is up. The receiver cannot be stopped, but what it has
 * is taken away: its `abortSignal` aborts and `message.em` throws. Where it holds a transaction, the caller
 * has the error only once the receiver has settled.
 */
export function withinTime(
  running: PromiseLike<unknown>,
  sending: Sending,
  record: ConnectionRecord,
  message: SentMessage,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let late: SignalError | undefined;
  const timer = setTimeout(() => {
    late = timedOut(sending, record);
    message.revoke(late);
    if (!sending.holdsTransaction) reject(late);
  }, record.terms.timeoutMs);
  const settle = (settled: () => void) => {
    clearTimeout(timer);
    if (late) reject(late);
    else settled();
  };
  running.then(
    value => settle(() => resolve(value)),
    (error: Error) => {
      if (late) sending.registry.log.receiverFailed(record.uid, sending.channel.name, error);
      settle(() => reject(error));
    },
  );
  return promise;
}

function timedOut({ channel }: Sending, record: ConnectionRecord): SignalError {
  return new SignalError('RECEIVER_TIMED_OUT', {
    what: `${record.uid} took longer than ${record.terms.timeoutMs} ms for ${channel.name}.`,
    at: record.whereIn(channel.name),
    fix: 'stop when `message.abortSignal` aborts, or raise `timeoutMs`.',
  });
}
