import type { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import { deliver } from './dispatch.js';
import type { ReceiverList } from './receiver-list.js';
import { type Scope, Sending } from './sending.js';
import { isThenable } from './thenable.js';

type BareCall = (payload: object) => unknown;

/**
 * What `deliver()` does inside a scope, the short way where nobody watches, mutes or nests and the payload is all that
 * receivers take: without a message, and without a promise as long as no receiver gives one. A flush sends thousands.
 *
 * @returns what is to be awaited; undefined when every receiver has answered.
 */
export function deliverWithin(
  scope: Scope,
  channel: Channel,
  sender: unknown,
  payload: object,
): Promise<unknown> | undefined {
  const list = channel.running === 0 ? channel.quietList(sender) : undefined;
  if (!list) return deliver(new Sending(channel, sender, payload, {}, scope));
  const { nesting } = channel.registry;
  const level = nesting.enter(channel);
  nesting.start(channel);
  try {
    return callAll(list, scope, channel, sender, payload);
  } finally {
    nesting.level = level;
    nesting.end(channel);
  }
}

function callAll(
  { calls, records }: ReceiverList,
  scope: Scope,
  channel: Channel,
  sender: unknown,
  payload: object,
): Promise<unknown> | undefined {
  for (let at = 0; at < calls.length; at++) {
    let value: unknown;
    try {
      value = scope.run(calls[at] as unknown as BareCall, payload);
    } catch (error) {
      throw new Sending(channel, sender, payload, {}, scope).refused(error);
    }
    if (!isThenable(value)) continue;
    return goOn(new Sending(channel, sender, payload, {}, scope), value, records[at]!, records.slice(at + 1));
  }
  return undefined;
}

/** The rest of a send, from the first receiver on that has to be awaited. */
async function goOn(
  sending: Sending,
  value: PromiseLike<unknown>,
  record: ConnectionRecord,
  rest: readonly ConnectionRecord[],
): Promise<void> {
  const { channel, registry } = sending;
  sending.current = record;
  registry.nesting.start(channel);
  registry.flights.add(sending);
  try {
    await value;
  } catch (error) {
    throw sending.refused(error);
  } finally {
    registry.nesting.end(channel);
    registry.flights.remove(sending);
  }
  if (rest.length > 0) await deliver(sending, false, rest);
}
