import type { SendOptions, SignalResponse } from '../message/message.js';
import { deliver, deliverSync } from './dispatch.js';
import { sendFast } from './fast-path.js';
import { sendFastSync, sendMessagesSync } from './fast-path-sync.js';
import { Sending, type SendingChannel } from './sending.js';

/** Calls the receivers of one send, one after another, and stops at the first that fails. */
export function send(
  channel: SendingChannel,
  sender: unknown,
  payload: object,
  options?: SendOptions,
): Promise<SignalResponse[]> {
  try {
    const list = channel.running === 0 && !options?.em ? channel.lists.fastOf(sender) : undefined;
    if (!list) return deliver(new Sending(channel, sender, payload, options));
    return sendFast(channel, list, sender, payload);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Calls the receivers of one send before it returns, or refuses before it calls any. */
export function sendSync(
  channel: SendingChannel,
  sender: unknown,
  payload: object,
  options?: SendOptions,
): SignalResponse[] {
  if (!options?.em) {
    const list = channel.lists.fastOf(sender);
    if (list && !list.async) return sendFastSync(channel, list, payload);
    const direct = list ? undefined : channel.lists.withMessageOf(sender);
    if (direct && !direct.async) return sendMessagesSync(new Sending(channel, sender, payload), direct);
  }
  return deliverSync(new Sending(channel, sender, payload, options));
}
