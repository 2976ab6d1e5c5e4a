import type { Channel } from './channel.js';
import type { ConnectionRecord, Receiver } from './connection.js';
import type { Flight } from './flights.js';
import type { ReceiverList } from './receiver-list.js';
import type { SignalResponse } from './response.js';
import { abandon } from './synchronous.js';
import { isThenable } from './thenable.js';

type BareCall = (payload: object) => unknown;

/**
 * The short way for receivers that take the payload and nothing else, while nobody watches, mutes or nests: no
 * message, no context, and no promise for a receiver that needs none. It does what `dispatch.ts` does.
 */
export function sendBare(channel: Channel, list: ReceiverList, payload: object): Promise<SignalResponse[]> {
  const { nesting } = channel.registry;
  const calls = list.bare as readonly Receiver<object>[] as readonly BareCall[];
  const level = nesting.enter(channel);
  nesting.start(channel);
  let values: unknown[] | undefined;
  let pending: PromiseLike<unknown> | undefined;
  try {
    for (let at = 0; at < calls.length; at++) {
      const value = calls[at]!(payload);
      if (value === undefined) continue;
      if (isThenable(value)) return new BareFlight(channel, list, payload, level, at, values).goOn((pending = value));
      (values ??= [])[at] = value;
    }
    return Promise.resolve(values ? list.responses(values) : list.silence);
  } finally {
    nesting.level = level;
    if (!pending) nesting.end(channel);
  }
}

/** The same for receivers that are known to be synchronous. */
export function sendBareSync(channel: Channel, list: ReceiverList, payload: object): SignalResponse[] {
  const { nesting } = channel.registry;
  const calls = list.bare as readonly Receiver<object>[] as readonly BareCall[];
  const level = nesting.enter(channel);
  let values: unknown[] | undefined;
  try {
    for (let at = 0; at < calls.length; at++) {
      const value = calls[at]!(payload);
      if (value === undefined) continue;
      if (isThenable(value)) throw abandon(channel, list.records[at]!, value);
      (values ??= [])[at] = value;
    }
    return values ? list.responses(values) : list.silence;
  } finally {
    nesting.level = level;
  }
}

/** The rest of a short send, from its first promise on. */
class BareFlight implements Flight {
  constructor(
    readonly channel: Channel,
    private readonly list: ReceiverList,
    private readonly payload: object,
    private readonly level: number,
    private at: number,
    private values: unknown[] | undefined,
  ) {}

  get current(): ConnectionRecord | undefined {
    return this.list.records[this.at];
  }

  async goOn(first: PromiseLike<unknown>): Promise<SignalResponse[]> {
    const { channel, list } = this;
    const { nesting, flights } = channel.registry;
    flights.add(this);
    try {
      for (let pending: PromiseLike<unknown> | undefined = first; pending; pending = this.next()) {
        const value = await pending;
        if (value !== undefined) (this.values ??= [])[this.at] = value;
      }
      return this.values ? list.responses(this.values) : list.silence;
    } finally {
      nesting.end(channel);
      flights.remove(this);
    }
  }

  /** Calls receivers until one has to be awaited. */
  private next(): PromiseLike<unknown> | undefined {
    const { channel, payload, level } = this;
    const { nesting } = channel.registry;
    const calls = this.list.bare as readonly Receiver<object>[] as readonly BareCall[];
    nesting.enter(channel, level);
    try {
      while (++this.at < calls.length) {
        const value = calls[this.at]!(payload);
        if (value === undefined) continue;
        if (isThenable(value)) return value;
        (this.values ??= [])[this.at] = value;
      }
      return undefined;
    } finally {
      nesting.level = 0;
    }
  }
}
