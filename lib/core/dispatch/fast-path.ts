import type { ConnectionRecord } from '../connection/connection.js';
import type { ReceiverList } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/message.js';
import { isThenable } from '../message/thenable.js';
import { deliver, end } from './dispatch.js';
import { PendingSend } from './pending-sends.js';
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
  let isPending = false;
  let at = 0;
  try {
    for (; at < calls.length; at++) {
      const value = scope ? scope.run(calls[at]!, payload) : calls[at]!(payload);
      if (value === undefined) continue;
      const responses = new RestOfSend(channel, list, sender, payload, level, at, scope).goOn(value);
      isPending = true;
      return responses;
    }
    return Promise.resolve(list.noAnswers);
  } catch (error) {
    throw new Sending(channel, sender, payload, undefined, scope).refused(error, list.records[at]);
  } finally {
    nesting.level = level;
    if (!isPending) nesting.end(channel);
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
    return new RestOfSend(channel, list, sender, payload, level, at, scope, sending).goOn(value);
  }
  return sending?.unstored ? storeAndEnd(sending) : undefined;
}

/**
 * The rest of a send whose receiver at `at` is waited for. It holds no more than it needs, and nothing but the answers
 * crosses an `await`, which is what makes it fast.
 */
class RestOfSend extends PendingSend {
  declare scope: Scope | undefined;

  constructor(
    readonly channel: SendingChannel,
    private readonly list: ReceiverList,
    private readonly sender: unknown,
    private readonly payload: object,
    private readonly level: number,
    private at: number,
    scope: Scope | undefined,
    private made?: Sending,
  ) {
    super();
    this.scope = scope;
  }

  get current(): ConnectionRecord | undefined {
    return this.list.records[this.at];
  }

  private get sending(): Sending {
    return (this.made ??= new Sending(this.channel, this.sender, this.payload, undefined, this.scope));
  }

  /** @param value - what the receiver has returned. */
  goOn(value: unknown): Promise<SignalResponse[]> {
    const { pendingSends, unitsOfWork } = this.channel.registry;
    if (unitsOfWork && !this.scope?.batch) this.hold(unitsOfWork.sendsOf(this.sending));
    pendingSends.add(this);
    return (this.settled = this.callRest(value));
  }

  private async callRest(first: unknown): Promise<SignalResponse[]> {
    const { list } = this;
    let responses: SignalResponse[] | undefined;
    try {
      for (let value = first; ; value = this.callNext()) {
        const answer = isThenable(value) ? await value : value;
        const { at } = this;
        if (responses || answer !== undefined) (responses ??= list.responsesBefore(at)).push(list.response(at, answer));
        if (++this.at === list.calls.length) break;
      }
      if (this.made?.unstored) await this.made.unstored.store();
      return responses ?? list.noAnswers;
    } catch (error) {
      throw this.current?.isDeferred === false ? this.sending.refused(error, this.current) : error;
    } finally {
      end(this);
    }
  }

  private callNext(): unknown {
    const { channel, list, at, scope, payload } = this;
    const { nesting } = channel.registry;
    if (list.hasDeferred && list.records[at]!.isDeferred)
      return channel.registry.defer(this.sending, list.records[at]!);
    const outer = nesting.level;
    nesting.enter(channel, this.level);
    try {
      if (!scope) return list.calls[at]!(payload);
      [scope.receiver, scope.signal] = [list.records[at], channel];
      return scope.run(list.calls[at]!, payload);
    } finally {
      nesting.level = outer;
    }
  }
}

async function storeAndEnd(sending: Sending): Promise<void> {
  try {
    await sending.unstored?.store();
  } finally {
    end(sending);
  }
}
