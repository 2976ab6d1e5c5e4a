import type { ReceiverList } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/response.js';
import { isThenable } from '../message/thenable.js';
import { deliver, finish } from './dispatch.js';
import { type Scope, Sending, type SendingChannel } from './sending.js';
import { SentMessage } from './sent-message.js';
import { abandon } from './sync-refusals.js';

/**
 * The loops of sends that nothing watches, mutes or nests, to receivers without conditions. No `Sending` is made before
 * one is needed, and no promise for a receiver that needs none. They are as small as they are so that the engine puts
 * them into their callers; from the first receiver on that answers, `finish` goes on.
 */
type Call = (payload: object, message?: SentMessage) => unknown;

/** Sends to receivers that take the payload alone. */
export function sendFast(
  channel: SendingChannel,
  list: ReceiverList,
  sender: unknown,
  payload: object,
): Promise<SignalResponse[]> {
  const { nesting, unitsOfWork } = channel.registry;
  const scope = unitsOfWork && list.records.length > 0 ? unitsOfWork.around(sender) : undefined;
  const calls = callsOf(list);
  const level = nesting.enter(channel);
  nesting.start(channel);
  let sending: Sending | undefined;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = scope ? scope.run(calls[at]!, payload) : calls[at]!(payload);
      if (value === undefined) continue;
      sending = new Sending(channel, sender, payload, undefined, scope);
      return goOn(sending, list, at, value, level);
    }
    return Promise.resolve(list.silence);
  } catch (error) {
    throw refused(new Sending(channel, sender, payload, undefined, scope), list, at, error);
  } finally {
    nesting.level = level;
    if (!sending) nesting.end(channel);
  }
}

/** Sends to receivers that are known to be synchronous, and take the payload alone. */
export function sendFastSync(channel: SendingChannel, list: ReceiverList, payload: object): SignalResponse[] {
  const { nesting } = channel.registry;
  const calls = callsOf(list);
  const level = nesting.enter(channel);
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = calls[at]!(payload);
      if (value !== undefined) return goOnSync(channel, list, payload, at, value);
    }
    return list.silence;
  } catch (error) {
    throw refused(new Sending(channel, undefined, payload), list, at, error);
  } finally {
    nesting.level = level;
  }
}

/** The rest of a synchronous send, from the first answer on. */
function goOnSync(
  channel: SendingChannel,
  list: ReceiverList,
  payload: object,
  from: number,
  first: unknown,
): SignalResponse[] {
  const calls = callsOf(list);
  const responses = list.responsesBefore(from);
  for (let at = from; at < calls.length; at++) {
    const value = at === from ? first : calls[at]!(payload);
    if (isThenable(value)) throw abandon(channel, list.records[at]!, value);
    responses.push(list.response(at, value));
  }
  return responses;
}

/** Sends to receivers that are known to be synchronous, some of which take the message. */
export function sendMessagesSync(sending: Sending, list: ReceiverList): SignalResponse[] {
  const { channel, payload } = sending;
  const { nesting } = channel.registry;
  const { records, takeMessage = [] } = list;
  const calls = callsOf(list);
  const level = nesting.enter(channel);
  let responses: SignalResponse[] | undefined;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const call = calls[at]!;
      const value = takeMessage[at] ? call(payload, new SentMessage(sending, records[at]!)) : call(payload);
      if (value === undefined && !responses) continue;
      if (isThenable(value)) throw abandon(channel, records[at]!, value);
      (responses ??= list.responsesBefore(at)).push(list.response(at, value));
    }
    return responses ?? list.silence;
  } catch (error) {
    throw refused(sending, list, at, error);
  } finally {
    nesting.level = level;
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
  const list = channel.running === 0 ? channel.shortList(sender) : undefined;
  if (!list) return deliver(new Sending(channel, sender, payload, undefined, scope));
  const { nesting } = channel.registry;
  const level = nesting.enter(channel);
  nesting.start(channel);
  let isUnderWay = false;
  try {
    const sending = list.hasDeferred ? new Sending(channel, sender, payload, undefined, scope) : undefined;
    const rest = callWithin(scope, list, { channel, sender, payload, sending, level });
    isUnderWay = rest !== undefined;
    return rest;
  } finally {
    nesting.level = level;
    if (!isUnderWay) nesting.end(channel);
  }
}

/** A send of which no `Sending` is made before one is needed. */
interface FastSend {
  readonly channel: SendingChannel;
  readonly sender: unknown;
  readonly payload: object;
  readonly sending: Sending | undefined;
  readonly level: number;
}

function callWithin(scope: Scope, list: ReceiverList, send: FastSend): Promise<unknown> | undefined {
  const { records } = list;
  const { channel, sender, payload, sending, level } = send;
  const calls = callsOf(list);
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
        throw refused(sending ?? new Sending(channel, sender, payload, undefined, scope), list, at, error);
      }
    }
    if (!isThenable(value)) continue;
    return goOn(sending ?? new Sending(channel, sender, payload, undefined, scope), list, at, value, level);
  }
  if (!sending?.unstored) return undefined;
  sending.bare = list;
  return finish(sending, records, records.length);
}

/** The rest of a send, from this receiver on, which has answered. */
function goOn(
  sending: Sending,
  list: ReceiverList,
  at: number,
  value: unknown,
  level: number,
): Promise<SignalResponse[]> {
  sending.bare = list;
  sending.level = level;
  sending.current = list.records[at];
  return (sending.settled = finish(sending, list.records, at, value));
}

function refused(sending: Sending, { records }: ReceiverList, at: number, error: unknown): unknown {
  sending.current = records[at];
  return sending.refused(error);
}

function callsOf(list: ReceiverList): readonly Call[] {
  return list.calls as readonly ((payload: never) => unknown)[] as readonly Call[];
}
