import type { ConnectionRecord } from '../connection/connection.js';
import { SignalError } from '../message/errors.js';
import { isObserved, observation } from '../message/observation.js';
import { isThenable } from '../message/thenable.js';
import type { Call } from '../connection/receiver-list.js';
import { batchFor } from './select-receivers.js';
import type { Sending } from './sending.js';
import { SentMessage } from './sent-message.js';

/**
 * Calls one receiver, or keeps the message for it.
 *
 * @returns what the receiver answered; that of one that has it later, or in a batch, is not known yet.
 */
export function callReceiver(sending: Sending, record: ConnectionRecord): unknown {
  if (sending.undecided?.has(record)) throw sending.undecided.get(record);
  if (record.isDeferred) return sending.registry.defer(sending, record);
  const batch = batchFor(sending, record);
  return batch ? batch.add(sending, record) : callNow(sending, record);
}

function callNow(sending: Sending, record: ConnectionRecord): unknown {
  const { channel, registry, isSync } = sending;
  const outer = registry.nesting.level;
  registry.nesting.enter(channel, sending.level);
  sending.current = record;
  try {
    if (!sending.isObserved) return invoke(sending, record);
    const { receive } = observation;
    const observed = { send: sending, receiver: record.uid, delivery: record.terms.delivery.name };
    return isSync
      ? receive.traceSync(invoke, observed, undefined, sending, record)
      : receive.tracePromise(async () => invoke(sending, record), observed);
  } finally {
    registry.nesting.level = outer;
  }
}

function invoke(sending: Sending, record: ConnectionRecord): unknown {
  const { scope, isBatch, registry } = sending;
  const { terms } = record;
  const payload = terms.batch && !isBatch ? [sending.payload] : sending.payload;
  const standIn = registry.overrides.standInFor(record);
  const takesMessage = record.takesMessage || standIn !== undefined;
  const hasLimit = terms.timeoutMs !== undefined;
  const message = takesMessage || hasLimit ? new SentMessage(sending, record) : undefined;
  const receiver = (standIn ?? record.call) as Call;
  const receive = (own: object) => (takesMessage ? receiver(own, message) : receiver(own));
  if (scope) [scope.receiver, scope.signal] = [record, sending.channel];
  const value = scope ? scope.run(receive, payload) : receive(payload);
  return message && hasLimit && isThenable(value) ? withinTime(value, sending, record, message) : value;
}

/** Calls one receiver of a send whose time has come. The caller waits for what it returns. */
export function callDeferred(sending: Sending, record: ConnectionRecord): unknown {
  const { channel, registry } = sending;
  sending.isObserved = isObserved();
  registry.nesting.start(channel);
  let value: unknown;
  try {
    value = callNow(sending, record);
    return isThenable(value) ? awaited(value, sending) : value;
  } finally {
    if (!isThenable(value)) registry.nesting.end(channel);
  }
}

async function awaited(value: PromiseLike<unknown>, sending: Sending): Promise<unknown> {
  sending.registry.pendingSends.add(sending);
  try {
    return await value;
  } finally {
    sending.registry.nesting.end(sending.channel);
    sending.registry.pendingSends.remove(sending);
  }
}

/**
 * Settles as the receiver does, or rejects when its time is up. The receiver cannot be stopped, but what it has
 * is taken away: its `abortSignal` aborts and `message.em` throws. Where it holds a transaction, the caller
 * has the error only once the receiver has settled.
 */
function withinTime(
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
