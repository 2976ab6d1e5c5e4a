import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { AnySignal, SignalContext } from './message.js';

/** A send, while somebody watches. */
export interface ObservedSend {
  /** The `SignalRegistry` of its application. */
  readonly registry: object;
  readonly id: string;
  readonly signal: AnySignal;
  readonly sender: unknown;
  readonly payload: object;
  readonly causedBy?: string;
  /** The context of the message, as in `message.context`. */
  readonly context: Readonly<SignalContext>;
  /** The send that this one carries out, now that its time has come. */
  readonly origin?: object | undefined;
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

/** A message for a receiver that has it later, which was dropped with its transaction or its savepoint. */
export type ObservedDrop = Pick<ObservedReceiver, 'send' | 'receiver'>;

/** Text that travels with a stored message, from who watches its storing to who watches its attempts. */
export type Carrier = Readonly<Record<string, string>>;

/** A message that is being stored for one receiver. */
export interface ObservedMessage {
  readonly send: ObservedSend;
  readonly receiver: string;
  /** Stored with the message, if it is set by the time that storing begins. */
  carrier?: Carrier | undefined;
}

/** Messages that are being stored together. */
export interface ObservedStoring {
  readonly registry: object;
  readonly messages: readonly ObservedMessage[];
}

/** A message of an attempt, as far as it is known before it is read. */
export interface AttemptedMessage {
  /** `message.id` */
  readonly id: string;
  readonly causedBy?: string | undefined;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  readonly carrier?: Carrier | undefined;
}

/** How an attempt has ended for one message; `lost`: another worker has it. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'dead' | 'lost';

/** One attempt of a worker, from before its receiver is called until it is settled. */
export interface ObservedAttempt {
  readonly registry: object;
  readonly signal: AnySignal;
  readonly receiver: string;
  readonly delivery: string;
  readonly messages: readonly AttemptedMessage[];
  /** Filled by the end of the attempt, message by message. */
  readonly outcomes: AttemptOutcome[];
  /** The error of the call. It is the receiver's, and no caller has it. */
  error?: unknown;
}

/**
 * The sends of this process, for tools that watch them: tracing channels of whole sends, of single receivers, of the
 * storing of messages and of the attempts of workers, and one each of what was skipped and of what was
 * dropped. `registry` distinguishes the
 * applications of a process.
 *
 * Sends are observed while somebody is subscribed to `start` of whole sends: one look at one channel is all that
 * a send can afford.
 */
export const observation = {
  send: tracingChannel<unknown, ObservedSend>('nestjs-signals:send'),
  receive: tracingChannel<unknown, ObservedReceiver>('nestjs-signals:receive'),
  skip: channel('nestjs-signals:skip'),
  drop: channel('nestjs-signals:drop'),
  store: tracingChannel<unknown, ObservedStoring>('nestjs-signals:store'),
  attempt: tracingChannel<unknown, ObservedAttempt>('nestjs-signals:attempt'),
};

const { start } = observation.send;

export function isObserved(): boolean {
  return start.hasSubscribers;
}
