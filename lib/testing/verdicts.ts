import { inspect } from 'node:util';
import { nameOf, type SignalClass, SignalError } from '../core/index.js';
import type { SentSignal } from './sent-signals.js';
import { fits } from './fits.js';

/** The result of a matcher. */
export interface MatcherResult {
  /** Whether the expectation is met. */
  readonly pass: boolean;
  /** Returns the text for the report of the test. */
  readonly message: () => string;
}

export function resultOf(pass: boolean, text: string): MatcherResult {
  return { pass, message: () => text };
}

/** The recording that a matcher looks at. */
interface Recorded {
  readonly all: readonly SentSignal[];
  of(signal: SignalClass): readonly SentSignal[];
}

/** @throws {SignalError} `EXPECTATION_FAILED` where it is not as it is expected to be. */
export function expectVerdict({ pass, message }: MatcherResult, isExpected: boolean, at: string, fix: string): void {
  if (pass !== isExpected) throw new SignalError('EXPECTATION_FAILED', { what: message(), at, fix });
}

/** @param payload - a part of the payload that it was sent with. Default: any. */
export function sentVerdict(sent: Recorded, signal: SignalClass, payload?: object): MatcherResult {
  const found = sent.of(signal);
  if (found.length === 0) return resultOf(false, notSent(sent.all, signal));
  const pass = !payload || found.some(one => fits(payload, one.payload));
  const how = payload ? ` ${pass ? '' : 'not '}sent with ${shown(payload)}. It was` : '';
  return resultOf(pass, `${nameOf(signal)} was${how} sent:${listedSends(found)}`);
}

export function notSent(all: readonly SentSignal[], signal: SignalClass, sender?: unknown): string {
  const by = sender === undefined ? '' : ` by ${nameOf(sender)}`;
  const instead = all.length === 0 ? 'Nothing was.' : `What was sent instead:${listedSends(all)}`;
  return `${nameOf(signal)} was not sent${by}. ${instead}`;
}

function listedSends(all: readonly SentSignal[]): string {
  return all
    .map(({ signal, sender, payload }, at) => {
      return `\n    ${at + 1}. ${nameOf(signal)} by ${nameOf(sender)}: ${shown(payload)}`;
    })
    .join('');
}

function shown(payload: object): string {
  return inspect(payload, { depth: 2, breakLength: Infinity, compact: true });
}
