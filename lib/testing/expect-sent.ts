import { type AnySignal, nameOf, type PayloadOf, type SignalClass } from '../core/index.js';
import type { SignalRecording } from './signal-recording.js';
import { expectVerdict, sentVerdict } from './verdicts.js';

/** Some of a payload: its values may be placeholders of a test runner, such as `expect.any(String)`. */
export type ExpectedPayload<S extends AnySignal> = { readonly [Name in keyof PayloadOf<S>]?: unknown };

/**
 * Expects that the signal was sent, with this in its payload at least.
 *
 * @throws {SignalError} `EXPECTATION_FAILED`, which names the signals that were sent instead; `SIGNAL_UNKNOWN`.
 */
export function expectSent<S extends AnySignal>(
  sent: SignalRecording,
  signal: SignalClass<S>,
  payload?: ExpectedPayload<S>,
): void {
  const at = `expectSent(sent, ${nameOf(signal)})`;
  expectVerdict(sentVerdict(sent, signal, payload), true, at, 'send it so, or expect what was sent.');
}

/**
 * Expects that the signal was not sent; with a payload, not with this in it.
 *
 * @throws {SignalError} as `expectSent`.
 */
export function expectNotSent<S extends AnySignal>(
  sent: SignalRecording,
  signal: SignalClass<S>,
  payload?: ExpectedPayload<S>,
): void {
  const at = `expectNotSent(sent, ${nameOf(signal)})`;
  expectVerdict(sentVerdict(sent, signal, payload), false, at, 'do not send it, or expect it.');
}
