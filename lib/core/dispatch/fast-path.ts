import type { ReceiverList } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/message.js';
import { isThenable } from '../message/thenable.js';
import { deliver, end } from './dispatch.js';
import { Sending, type SendingChannel } from './sending.js';
import type { Scope } from './scope.js';

/**
 * Sends to receivers that take the payload alone.
 *
 * The loops of the fast path serve sends that nothing watches, mutes or nests, to receivers without conditions. No `Sending`
 * is made before one is needed, and no promise for a receiver that needs none. The loops are as small as they are so that
 * the engine puts them into their callers.
 */
export function sendFast(
  channel: SendingChannel,
  list: ReceiverList,
  sender: unknown,
  payload: object,
): Promise<SignalResponse[]> {
  const { nesting, unitsOfWork } = channel.registry;
  const scope = unitsOfWork && list.records.length > 0 ? unitsOfWork.around(sender) : undefined;
  const { calls } = list;
  const level = nesting.enter(channel);
  nesting.start(channel);
  let sending: Sending | undefined;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = scope ? scope.run(calls[at]!, payload) : calls[at]!(payload);
      if (value === undefined) continue;
      sending = new Sending(channel, sender, payload, undefined, scope);
      sending.level = level;
      return goOn(sending, list, at, value);
    }
    return Promise.resolve(list.noAnswers);
  } catch (error) {
    throw new Sending(channel, sender, payload, undefined, scope).refused(error, list.records[at]);
  } finally {
    nesting.level = level;
    if (!sending) nesting.end(channel);
  }
}

/**
 * Sends inside a scope to receivers that take the payload alone, or have it later. A flush sends thousands.
 *
 * @returns what is to be awaited; undefined when every receiver has answered.
 */
export function deliverWithin(
  scope: Scope,
  channel: SendingChannel,
  sender: unknown,
  payload: object,
): Promise<unknown> | undefined {
  const list = channel.running === 0 ? channel.lists.fastInScopeOf(sender) : undefined;
  if (!list) return deliver(new Sending(channel, sender, payload, undefined, scope));
  const { nesting } = channel.registry;
  const level = nesting.enter(channel);
  nesting.start(channel);
  let rest: Promise<unknown> | undefined;
  try {
    return (rest = callWithin(scope, list, channel, sender, payload, level));
  } finally {
    nesting.level = level;
    if (!rest) nesting.end(channel);
  }
}

function callWithin(
  scope: Scope,
  list: ReceiverList,
  channel: SendingChannel,
  sender: unknown,
  payload: object,
  level: number,
): Promise<unknown> | undefined {
  const { records, calls } = list;
  const sending = list.hasDeferred ? new Sending(channel, sender, payload, undefined, scope) : undefined;
  scope.signal = channel;
  for (let at = 0; at < calls.length; at++) {
    const record = records[at]!;
    let value: unknown;
    if (sending && record.isDeferred) value = channel.registry.defer(sending, record);
    else {
      scope.receiver = record;
      try {
        value = scope.run(calls[at]!, payload);
      } catch (error) {
        throw (sending ?? new Sending(channel, sender, payload, undefined, scope)).refused(error, record);
      }
    }
    if (!isThenable(value)) continue;
    const begun = sending ?? new Sending(channel, sender, payload, undefined, scope);
    begun.level = level;
    return goOn(begun, list, at, value);
  }
  return sending?.unstored ? storeAndEnd(sending) : undefined;
}

/** Goes on with a send whose receiver at this place has answered. */
function goOn(sending: Sending, list: ReceiverList, at: number, value: unknown): Promise<SignalResponse[]> {
  sending.current = list.records[at];
  sending.markPending();
  return (sending.settled = callRest(sending, list, at, value));
}

/** The rest of a send. Nothing but the answers crosses an `await` here, which is what makes it fast. */
async function callRest(sending: Sending, list: ReceiverList, from: number, first: unknown): Promise<SignalResponse[]> {
  let responses: SignalResponse[] | undefined;
  let at = from;
  try {
    for (let value = first; ; value = callAt(sending, list, at)) {
      const answer = isThenable(value) ? await value : value;
      if (responses || answer !== undefined) (responses ??= list.responsesBefore(at)).push(list.response(at, answer));
      if (++at === list.calls.length) break;
    }
    if (sending.unstored) await sending.unstored.store();
    return responses ?? list.noAnswers;
  } catch (error) {
    throw list.records[at]?.isDeferred === false ? sending.refused(error) : error;
  } finally {
    end(sending);
  }
}

function callAt(sending: Sending, list: ReceiverList, at: number): unknown {
  const { channel, scope, payload } = sending;
  const { nesting } = channel.registry;
  const record = list.records[at]!;
  if (list.hasDeferred && record.isDeferred) return channel.registry.defer(sending, record);
  const outer = nesting.level;
  nesting.enter(channel, sending.level);
  sending.current = record;
  try {
    if (!scope) return list.calls[at]!(payload);
    [scope.receiver, scope.signal] = [record, channel];
    return scope.run(list.calls[at]!, payload);
  } finally {
    nesting.level = outer;
  }
}

async function storeAndEnd(sending: Sending): Promise<void> {
  try {
    await sending.unstored?.store();
  } finally {
    end(sending);
  }
}
