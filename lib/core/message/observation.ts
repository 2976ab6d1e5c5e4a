import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { AnySignal } from './message.js';

/** A send, while somebody watches. */
export interface ObservedSend {
  /** The `SignalRegistry` of its application. */
  readonly registry: object;
  readonly id: string;
  readonly signal: AnySignal;
  readonly sender: unknown;
  readonly payload: object;
  readonly causedBy?: string;
  /** The sends whose payloads one call of a receiver with `batch: true` has; `payload` is the list of them. */
  readonly parts?: readonly ObservedSend[];
}

/** One receiver being called. */
export interface ObservedReceiver {
  readonly send: ObservedSend;
  readonly receiver: string;
  readonly delivery: string;
}

/** A receiver that was not called, and why. */
export interface ObservedSkip {
  readonly send: ObservedSend;
  readonly receiver: string;
  readonly because: string;
}

/**
 * The sends of this process, for tools that watch them: two tracing channels, of whole sends and of single
 * receivers, and one of what was skipped. `registry` distinguishes the applications of a process.
 *
 * Sends are observed while somebody is subscribed to `start` of whole sends: one look at one channel is all that
 * a send can afford.
 */
export const observation = {
  send: tracingChannel<unknown, ObservedSend>('nestjs-signals:send'),
  receive: tracingChannel<unknown, ObservedReceiver>('nestjs-signals:receive'),
  skip: channel('nestjs-signals:skip'),
};

const { start } = observation.send;

export function isObserved(): boolean {
  return start.hasSubscribers;
}
