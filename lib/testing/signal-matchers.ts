import { type AnySignal, nameOf, type SignalClass } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import type { ExpectedPayload } from './expect-sent.js';
import { receiverVerdict } from './receiver-verdict.js';
import type { SignalRecording } from './signal-recording.js';
import { type MatcherResult, sentVerdict } from './verdicts.js';

/** The matchers that `expect.extend(signalMatchers)` adds, for the compiler: Jest's `Matchers` may extend it. */
export interface SignalMatchers<Result = void> {
  /** Expects of a recording that the signal was sent. */
  toHaveBeenSent(signal: SignalClass): Result;
  /** Expects of a recording that the signal was sent with this in its payload at least. */
  toHaveBeenSentWith<S extends AnySignal>(signal: SignalClass<S>, payload: ExpectedPayload<S>): Result;
  /** Expects of an application that the signal has a receiver; with a uid, that it has this one. */
  toHaveReceiver(signal: SignalClass, uid?: string): Result;
}

/**
 * Matchers for a test runner whose `expect.extend()` is Jest's. Their messages show what was sent instead, and who
 * receives.
 */
export const signalMatchers = {
  toHaveBeenSent(sent: SignalRecording, signal: SignalClass): MatcherResult {
    return sentVerdict(sent, signal);
  },

  toHaveBeenSentWith(sent: SignalRecording, signal: SignalClass, payload: object): MatcherResult {
    return sentVerdict(sent, signal, payload);
  },

  toHaveReceiver(app: TestedApplication, signal: SignalClass, uid?: string): MatcherResult {
    const at = `expect(app).toHaveReceiver(${nameOf(signal)})`;
    const named = uid === undefined ? undefined : `'${uid}'`;
    const isOne = (record: { uid: string }) => uid === undefined || record.uid === uid;
    return receiverVerdict(startedRegistryOf(app, at), signal, isOne, { named, wiring: {}, at });
  },
};
