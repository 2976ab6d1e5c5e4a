import type { ConnectionRecord } from '../connection/connection.js';
import { isObserved, observation } from '../message/observation.js';
import type { SignalResponse } from '../message/message.js';
import { isThenable } from '../message/thenable.js';
import { callReceiver } from './call-receiver.js';
import { selectReceivers } from './select-receivers.js';
import type { PendingSend } from './pending-sends.js';
import type { Sending, SendingChannel, SendUnits } from './sending.js';
import type { Scope } from './scope.js';
import { abandon } from './sync-refusals.js';

/**
 * Calls the receivers of a send, one after another, and stops at the first that fails. With `robust` every receiver is
 * called, whatever the others do.
 *
 * @param records - the receivers. Default: those that the send selects.
 */
export function deliver(
  sending: Sending,
  robust = false,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  const observed = (sending.isObserved = isObserved());
  if (!observed && channel.running === 0) {
    sending.level = registry.nesting.level;
    return (sending.settled = run(sending, robust, records));
  }
  const path = registry.nesting.pathTo(channel, sending.ambient, registry.channels);
  sending.level = path.length - 1;
  return (sending.settled = registry.contexts.run({ path, ...(observed && { cause: sending.id }) }, () =>
    observed
      ? observation.send.tracePromise(run, sending, undefined, sending, robust, records)
      : run(sending, robust, records),
  ));
}

/** Checks the payload of a send, selects its receivers unless they are given, and calls them. */
export async function run(
  sending: Sending,
  robust: boolean,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  registry.nesting.start(channel);
  try {
    const checking = sending.isBatch ? undefined : channel.schema?.check(sending.payload);
    if (checking) await pending(sending, checking);
    const selected = records ?? selectReceivers(sending, robust);
    enterScope(sending, selected, robust);
    const responses: SignalResponse[] = [];
    for (const record of selected) {
      try {
        const answer = callReceiver(sending, record);
        responses.push(responseOf(record, isThenable(answer) ? await pending(sending, answer) : answer));
      } catch (reason) {
        if (!robust) throw stopped(sending, selected, record, reason);
        registry.log.receiverFailed(record.uid, channel.name, reason);
        responses.push({ receiver: record.uid, status: 'rejected', reason });
      }
    }
    if (sending.unstored) await sending.unstored.store(robust ? responses : undefined);
    return responses;
  } finally {
    end(sending);
  }
}

function pending<T>(sending: Sending, work: PromiseLike<T>): PromiseLike<T> {
  sending.markPending();
  return work;
}

/** Ends a send, whether it has failed or not. */
export function end(send: PendingSend & { readonly channel: SendingChannel }): void {
  const { channel } = send;
  channel.registry.nesting.end(channel);
  channel.registry.pendingSends.remove(send);
  send.release();
}

/** Calls the receivers of a send before it returns, or refuses before it calls any. */
export function deliverSync(sending: Sending): SignalResponse[] {
  sending.isSync = true;
  sending.isObserved = isObserved();
  return sending.isObserved ? observation.send.traceSync(runSync, sending, undefined, sending) : runSync(sending);
}

function runSync(sending: Sending): SignalResponse[] {
  const { channel, registry } = sending;
  sending.level = registry.nesting.level;
  channel.schema?.checkSync(sending.payload);
  const responses: SignalResponse[] = [];
  const records = selectReceivers(sending);
  enterScope(sending, records);
  for (const record of records) {
    try {
      const value = callReceiver(sending, record);
      if (isThenable(value)) throw abandon(channel, record, value);
      responses.push(responseOf(record, value));
    } catch (reason) {
      throw stopped(sending, records, record, reason);
    }
  }
  return responses;
}

/**
 * Returns the error to throw when a receiver has failed. Those behind it are not called; but those that run after a
 * rollback have the message, wherever they stand: it was sent in the transaction that will be rolled back.
 */
function stopped(sending: Sending, records: readonly ConnectionRecord[], failed: ConnectionRecord, reason: unknown) {
  const { registry, channel } = sending;
  for (const record of records.slice(records.indexOf(failed) + 1)) {
    if (record.terms.delivery.moment !== 'after-rollback') continue;
    try {
      registry.defer(sending, record);
    } catch (error) {
      registry.log.receiverFailed(record.uid, channel.name, error);
    }
  }
  return failed.isDeferred ? reason : sending.refused(reason);
}

/** Gives the inline receivers of a send the unit of work that they need. */
function enterScope(sending: Sending, records: readonly ConnectionRecord[], robust = false): void {
  const { unitsOfWork } = sending.registry;
  if (!unitsOfWork || sending.scope || records.every(({ isDeferred }) => isDeferred)) return;
  sending.scope = (robust ? unitsOfWork.robust(sending) : undefined) ?? scopeOf(sending, unitsOfWork);
}

/** A synchronous send cannot wait until anything is written: what its receivers leave pending stays with the caller. */
function scopeOf({ isSync, options, sender }: Sending, unitsOfWork: SendUnits): Scope | undefined {
  if (options.em) return unitsOfWork.named(options.em, sender, isSync);
  return isSync ? undefined : unitsOfWork.around(sender);
}

function responseOf({ isDeferred, uid, terms }: ConnectionRecord, value: unknown): SignalResponse {
  if (isDeferred) return { receiver: uid, status: 'deferred', delivery: terms.delivery.name };
  return { receiver: uid, status: 'fulfilled', value };
}
