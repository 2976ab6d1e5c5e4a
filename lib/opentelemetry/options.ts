import type { Attributes, TextMapPropagator } from '@opentelemetry/api';
import {
  checkOptions,
  functionOf,
  type ObservedSend,
  type OptionKinds,
  optionOwner,
  type SignalClass,
} from '../core/index.js';

/** A message, as `attributes` reads it. */
export type TelemetryMessage = Pick<
  ObservedSend,
  'id' | 'signal' | 'sender' | 'payload' | 'context' | 'causedBy' | 'parts'
>;

/** The options of `openTelemetry()`. */
export interface OpenTelemetryOptions {
  /** Selects the signals that have spans. Default: all but `PostInit` and `PostLoad`, which reading sends for every entity. */
  signals?: (signal: SignalClass) => boolean;
  /** Selects the receivers that have spans, by their uids. Default: all. */
  receivers?: (uid: string) => boolean;
  /**
   * Where the attempts of workers are: with `parent` in the trace that stored the message, with `link` in one of their own
   * that has a link to it. A call with several messages always has a trace of its own, and a link for each. Default: `parent`.
   */
  durable?: 'parent' | 'link';
  /** Further attributes of the spans of a message. Payloads may hold secrets: nothing of them is shown without this. */
  attributes?: (message: TelemetryMessage) => Attributes;
  /**
   * How the context of a trace travels with a stored message. Default: `traceparent` and `tracestate`, and no baggage.
   * `propagation` of `@opentelemetry/api` takes what the SDK is set to, usually with baggage, which is stored as it is.
   */
  propagator?: Pick<TextMapPropagator, 'inject' | 'extract'>;
}

const OWNER = optionOwner('openTelemetry', undefined, 'openTelemetry()');

const OPTIONS: OptionKinds<OpenTelemetryOptions> = {
  signals: functionOf('the signal class'),
  receivers: functionOf('the uid of the receiver'),
  durable: { accepts: value => value === 'parent' || value === 'link', fix: `say 'parent' or 'link'.` },
  attributes: functionOf('the message'),
  propagator: { accepts: isPropagator, fix: 'give a propagator, such as `propagation` of @opentelemetry/api.' },
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkOpenTelemetryOptions(options: unknown): asserts options is OpenTelemetryOptions {
  checkOptions(OWNER, options, OPTIONS);
}

function isPropagator(value: unknown): boolean {
  const { inject, extract } = (value ?? {}) as Partial<TextMapPropagator>;
  return typeof inject === 'function' && typeof extract === 'function';
}
