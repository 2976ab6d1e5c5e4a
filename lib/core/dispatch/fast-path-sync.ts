import type { ReceiverList } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/message.js';
import { isThenable } from '../message/thenable.js';
import { Sending, type SendingChannel } from './sending.js';
import { SentMessage } from './sent-message.js';
import { abandon } from './sync-refusals.js';

/** Sends to receivers that are known to be synchronous, and take the payload alone. */
export function sendFastSync(channel: SendingChannel, list: ReceiverList, payload: object): SignalResponse[] {
  const { nesting } = channel.registry;
  const { calls } = list;
  const level = nesting.enter(channel);
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = calls[at]!(payload);
      if (value !== undefined) return goOnSync(channel, list, payload, at, value);
    }
    return list.noAnswers;
  } catch (error) {
    throw new Sending(channel, undefined, payload).refused(error, list.records[at]);
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
  const { calls } = list;
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
  const { records, calls, takesMessage = [] } = list;
  const level = nesting.enter(channel);
  let responses: SignalResponse[] | undefined;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const call = calls[at]!;
      const value = takesMessage[at] ? call(payload, new SentMessage(sending, records[at]!)) : call(payload);
      if (value === undefined && !responses) continue;
      if (isThenable(value)) throw abandon(channel, records[at]!, value);
      (responses ??= list.responsesBefore(at)).push(list.response(at, value));
    }
    return responses ?? list.noAnswers;
  } catch (error) {
    throw sending.refused(error, records[at]);
  } finally {
    nesting.level = level;
  }
}
