import type { ConnectionRecord } from '../connection/connection.js';
import type { Receiver } from '../message/message.js';
import { Flight } from './pending-sends.js';
import type { ReceiverList } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/response.js';
import { type Scope, Sending, type SendingChannel as Channel } from './sending.js';
import { abandon } from './synchronous.js';
import { isThenable } from '../message/thenable.js';

type BareCall = (payload: object) => unknown;

/**
 * The short way for receivers that take the payload and nothing else, while nobody watches, mutes or nests: no
 * message, no context, and no promise for a receiver that needs none. It does what `dispatch.ts` does; the loops
 * are as small as they are so that the engine puts them into their callers.
 */
export function sendBare(
  channel: Channel,
  list: ReceiverList,
  payload: object,
  scope?: Scope,
): Promise<SignalResponse[]> {
  const { nesting } = channel.registry;
  const calls = callsOf(list);
  const level = nesting.enter(channel);
  nesting.start(channel);
  let flight: BareFlight | undefined;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = scope ? scope.run(calls[at]!, payload) : calls[at]!(payload);
      if (value === undefined) continue;
      flight = new BareFlight(channel, list, payload, level, at, scope);
      return (flight.settled = flight.goOn(value));
    }
    return Promise.resolve(list.silence);
  } catch (error) {
    return refuse(channel, payload, error, list.records[at]);
  } finally {
    nesting.level = level;
    if (!flight) nesting.end(channel);
  }
}

/** The same for receivers that are known to be synchronous. */
export function sendBareSync(channel: Channel, list: ReceiverList, payload: object): SignalResponse[] {
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
    return refuse(channel, payload, error, list.records[at]);
  } finally {
    nesting.level = level;
  }
}

function refuse(channel: Channel, payload: object, error: unknown, record: ConnectionRecord | undefined): never {
  const sending = new Sending(channel, undefined, payload);
  sending.current = record;
  throw sending.refused(error);
}

/** The rest of a synchronous send, from the first answer on. */
function goOnSync(
  channel: Channel,
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

/** The rest of a send, from the first answer on. */
class BareFlight extends Flight {
  declare scope: Scope | undefined;
  private values: unknown[] | undefined;

  constructor(
    readonly channel: Channel,
    private readonly list: ReceiverList,
    private readonly payload: object,
    private readonly level: number,
    private at: number,
    scope: Scope | undefined,
  ) {
    super();
    this.scope = scope;
  }

  get current(): ConnectionRecord | undefined {
    return this.list.records[this.at];
  }

  override get turn(): number {
    return this.at;
  }

  async goOn(first: unknown): Promise<SignalResponse[]> {
    const { channel, list } = this;
    const { nesting, flights } = channel.registry;
    flights.add(this);
    const { unitsOfWork } = channel.registry;
    if (unitsOfWork) this.hold(unitsOfWork.sendsOf(new Sending(channel, undefined, this.payload)));
    try {
      for (let value = first; ; value = this.callNext()) {
        const answer = isThenable(value) ? await value : value;
        if (answer !== undefined) (this.values ??= [])[this.at] = answer;
        if (++this.at === list.calls.length) return this.values ? list.responses(this.values) : list.silence;
      }
    } catch (error) {
      return refuse(channel, this.payload, error, this.current);
    } finally {
      nesting.end(channel);
      flights.remove(this);
      this.release();
    }
  }

  private callNext(): unknown {
    const { nesting } = this.channel.registry;
    const outer = nesting.level;
    nesting.enter(this.channel, this.level);
    try {
      const call = callsOf(this.list)[this.at]!;
      return this.scope ? this.scope.run(call, this.payload) : call(this.payload);
    } finally {
      nesting.level = outer;
    }
  }
}

function callsOf(list: ReceiverList): readonly BareCall[] {
  return list.calls as readonly Receiver<object>[] as readonly BareCall[];
}
