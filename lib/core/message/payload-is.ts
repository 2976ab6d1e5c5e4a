import type { AnySignal, Message, SignalClass } from './message.js';
import type { PayloadOf } from './payload.js';

/**
 * Whether the message is of this signal, or of one that extends it; narrows the payload of a receiver that is
 * connected to several.
 */
export function payloadIs<S extends AnySignal>(
  signal: SignalClass<S>,
  payload: object,
  { signal: sent }: Message,
): payload is PayloadOf<S> {
  return sent instanceof signal;
}
