import type { ConnectionRecord } from '../connection/connection.js';
import { deliver } from './dispatch.js';
import type { ReceiverList } from '../connection/receiver-list.js';
import { type Scope, Sending, type SendingChannel as Channel } from './sending.js';
import { isThenable } from '../message/thenable.js';

type BareCall = (payload: object) => unknown;

/**
 * What `deliver()` does inside a scope, the short way where nobody watches, mutes or nests and receivers take the
 * payload alone, or have it later: without a message, and without a promise as long as no receiver gives one. A flush
 * sends thousands.
 *
 * @returns what is to be awaited; undefined when every receiver has answered.
 */
export function deliverWithin(
  scope: Scope,
  channel: Channel,
  sender: unknown,
  payload: object,
): Promise<unknown> | undefined {
  const list = channel.running === 0 ? channel.shortList(sender) : undefined;
  if (!list) return deliver(new Sending(channel, sender, payload, undefined, scope));
  const { nesting } = channel.registry;
  const level = nesting.enter(channel);
  nesting.start(channel);
  try {
    const sending = list.hasDeferred ? new Sending(channel, sender, payload, undefined, scope) : undefined;
    return callAll(list, { scope, channel, sender, payload, sending });
  } finally {
    nesting.level = level;
    nesting.end(channel);
  }
}

/** A send of which no `Sending` is made before one is needed. */
interface ShortSend {
  readonly scope: Scope;
  readonly channel: Channel;
  readonly sender: unknown;
  readonly payload: object;
  readonly sending: Sending | undefined;
}

function callAll({ calls, records }: ReceiverList, short: ShortSend): Promise<unknown> | undefined {
  const { scope, payload, sending } = short;
  scope.signal = short.channel;
  for (let at = 0; at < calls.length; at++) {
    if (sending && records[at]!.isDeferred) {
      const value = sending.registry.defer(sending, records[at]!);
      if (isThenable(value)) return goOn(sending, value, records[at]!, records.slice(at + 1));
      continue;
    }
    let value: unknown;
    const record = records[at]!;
    scope.receiver = record;
    try {
      value = scope.run(calls[at] as unknown as BareCall, payload);
    } catch (error) {
      throw sendingOf(short, record).refused(error);
    }
    if (isThenable(value)) return goOn(sendingOf(short, record), value, record, records.slice(at + 1));
  }
  return sending?.unstored?.store();
}

function sendingOf({ sending, channel, sender, payload, scope }: ShortSend, record: ConnectionRecord): Sending {
  const made = sending ?? new Sending(channel, sender, payload, undefined, scope);
  made.current = record;
  return made;
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
    throw record.isDeferred ? error : sending.refused(error);
  } finally {
    registry.nesting.end(channel);
    registry.flights.remove(sending);
  }
  if (rest.length > 0) await deliver(sending, false, rest);
  else await sending.unstored?.store();
}
