import type { ReceiverList } from '../connection/receiver-list.js';
import type { Message } from '../message/message.js';
import type { Sending } from './sending.js';

/**
 * A receiver as the fast path calls it: the loops of sends that nothing watches, mutes or nests, to receivers without
 * conditions. No `Sending` is made before one is needed, and no promise for a receiver that needs none. The loops are as
 * small as they are so that the engine puts them into their callers.
 */
export type Call = (payload: object, message?: Message) => unknown;

/** The receivers of a list, to be called without a further question. */
export function fastCalls(list: ReceiverList): readonly Call[] {
  return list.calls as readonly ((payload: never) => unknown)[] as readonly Call[];
}

/** Returns the error to throw when this receiver of a list has failed. */
export function refused(sending: Sending, { records }: ReceiverList, at: number, error: unknown): unknown {
  sending.current = records[at];
  return sending.refused(error);
}
