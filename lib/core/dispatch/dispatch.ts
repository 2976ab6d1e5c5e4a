import type { ConnectionRecord } from '../connection/connection.js';
import { deferred, fulfilled } from '../connection/receiver-list.js';
import { isObserved, observation } from '../message/observation.js';
import type { SignalResponse } from '../message/response.js';
import { isThenable } from '../message/thenable.js';
import { batchFor, selectReceivers } from './select-receivers.js';
import type { Scope, Sending, SendUnits } from './sending.js';
import { SentMessage } from './sent-message.js';
import { abandon } from './sync-refusals.js';
import { withinTime } from './timeout.js';

const NOT_CALLED: unique symbol = Symbol('not called');

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
  return (sending.settled = deliverNow(sending, robust, records));
}

function deliverNow(
  sending: Sending,
  robust: boolean,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  const observed = (sending.isObserved = isObserved());
  if (!observed && channel.running === 0) {
    sending.level = registry.nesting.level;
    return run(sending, robust, records);
  }
  const path = registry.nesting.pathTo(channel, sending.frame, registry.channels);
  sending.level = path.length - 1;
  return registry.ambient.run({ path, ...(observed && { cause: sending.id }) }, () =>
    observed
      ? observation.send.tracePromise(run, sending, undefined, sending, robust, records)
      : run(sending, robust, records),
  );
}

/** Checks the payload of a send, selects its receivers unless they are given, and calls them. */
export async function run(
  sending: Sending,
  robust: boolean,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  registry.nesting.start(channel);
  let selected: readonly ConnectionRecord[];
  try {
    const checking = sending.isBatch ? undefined : channel.schema?.check(sending.payload);
    if (checking) {
      sending.takeOff();
      await checking;
    }
    selected = enterScope(sending, robust, records ?? selectReceivers(sending, robust));
  } catch (error) {
    end(sending);
    throw error;
  }
  return finish(sending, selected, 0, NOT_CALLED, [], robust);
}

/**
 * The rest of every send that may have to wait.
 *
 * @param from - the receiver that it goes on with.
 * @param first - what that one has answered, where it was called already.
 * @param responses - of the receivers before. Absent: all of them have returned nothing.
 */
export async function finish(
  sending: Sending,
  records: readonly ConnectionRecord[],
  from: number,
  first: unknown = NOT_CALLED,
  responses?: SignalResponse[],
  robust = false,
): Promise<SignalResponse[]> {
  let all = responses;
  let answer = first;
  try {
    for (let at = from; at < records.length; at++, answer = NOT_CALLED) {
      const record = records[at]!;
      try {
        if (answer === NOT_CALLED) answer = call(sending, record);
        if (isThenable(answer)) {
          if (!sending.isUnder) sending.takeOff();
          answer = await answer;
        }
        if (all || answer !== undefined) (all ??= sending.bare!.responsesBefore(at)).push(responseOf(record, answer));
      } catch (reason) {
        if (!robust) throw record.isDeferred ? reason : sending.refused(reason);
        all!.push({ receiver: record.uid, status: 'rejected', reason });
        sending.registry.log.receiverFailed(record.uid, sending.channel.name, reason);
      }
    }
    if (sending.unstored) await sending.unstored.store(robust ? all : undefined);
    return all ?? sending.bare!.silence;
  } finally {
    end(sending);
  }
}

function end(sending: Sending): void {
  const { channel, registry } = sending;
  registry.nesting.end(channel);
  registry.flights.remove(sending);
  sending.release();
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
  for (const record of enterScope(sending, false, selectReceivers(sending, false))) {
    try {
      const value = call(sending, record);
      if (isThenable(value)) throw abandon(channel, record, value);
      responses.push(responseOf(record, value));
    } catch (reason) {
      throw record.isDeferred ? reason : sending.refused(reason);
    }
  }
  return responses;
}

/** Calls one receiver of a send whose time has come. The caller waits for what it returns. */
export function callDue(sending: Sending, record: ConnectionRecord): unknown {
  const { channel, registry } = sending;
  sending.isObserved = isObserved();
  registry.nesting.start(channel);
  let value: unknown;
  try {
    const batch = batchFor(sending, record);
    value = batch ? batch.add(sending, record) : callNow(sending, record);
    return isThenable(value) ? awaited(value, sending) : value;
  } finally {
    if (!isThenable(value)) registry.nesting.end(channel);
  }
}

async function awaited(value: PromiseLike<unknown>, sending: Sending): Promise<unknown> {
  sending.registry.flights.add(sending);
  try {
    return await value;
  } finally {
    sending.registry.nesting.end(sending.channel);
    sending.registry.flights.remove(sending);
  }
}

/** Gives the inline receivers of a send the unit of work that they need, and returns the receivers. */
function enterScope(
  sending: Sending,
  robust: boolean,
  records: readonly ConnectionRecord[],
): readonly ConnectionRecord[] {
  const { unitsOfWork } = sending.registry;
  if (!unitsOfWork || sending.scope || records.every(({ isDeferred }) => isDeferred)) return records;
  sending.scope = (robust ? unitsOfWork.robust(sending) : undefined) ?? scopeOf(sending, unitsOfWork);
  return records;
}

/** A synchronous send cannot wait until anything is written: what its receivers leave pending stays with the caller. */
function scopeOf({ isSync, options, sender }: Sending, unitsOfWork: SendUnits): Scope | undefined {
  if (options.em) return unitsOfWork.named(options.em, sender, isSync);
  return isSync ? undefined : unitsOfWork.around(sender);
}

function responseOf(record: ConnectionRecord, answer: unknown): SignalResponse {
  return record.isDeferred ? deferred(record) : fulfilled(record, answer);
}

/** @returns what the receiver answered; that of one that has it later, or in a batch, is not known yet. */
function call(sending: Sending, record: ConnectionRecord): unknown {
  if (sending.bare && !record.isDeferred) return callNow(sending, record);
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
    if (sending.bare) return callBare(sending, record);
    if (!sending.isObserved) return callReceiver(sending, record);
    const { receive } = observation;
    const observed = { send: sending, receiver: record.uid, delivery: record.terms.delivery.name };
    return isSync
      ? receive.traceSync(callReceiver, observed, undefined, sending, record)
      : receive.tracePromise(awaitReceiver, observed, undefined, sending, record);
  } finally {
    registry.nesting.level = outer;
  }
}

function callBare({ scope, payload, channel }: Sending, record: ConnectionRecord): unknown {
  const receiver = record.call as (payload: object) => unknown;
  if (!scope) return receiver(payload);
  [scope.receiver, scope.signal] = [record, channel];
  return scope.run(receiver, payload);
}

function callReceiver(sending: Sending, record: ConnectionRecord): unknown {
  const { scope, isBatch, registry } = sending;
  const { terms } = record;
  const payload = terms.batch && !isBatch ? [sending.payload] : sending.payload;
  const standIn = registry.overrides.standInFor(record);
  const takesMessage = record.takesMessage || standIn !== undefined;
  const hasLimit = terms.timeoutMs !== undefined;
  const message = takesMessage || hasLimit ? new SentMessage(sending, record) : undefined;
  const receiver = (standIn ?? record.call) as unknown as (payload: object, message?: SentMessage) => unknown;
  const receive = (own: object) => (takesMessage ? receiver(own, message) : receiver(own));
  if (scope) [scope.receiver, scope.signal] = [record, sending.channel];
  const value = scope ? scope.run(receive, payload) : receive(payload);
  return hasLimit && isThenable(value) ? withinTime(value, sending, record, message!) : value;
}

async function awaitReceiver(sending: Sending, record: ConnectionRecord): Promise<unknown> {
  return callReceiver(sending, record);
}
