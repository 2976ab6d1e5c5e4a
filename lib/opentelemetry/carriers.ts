import {
  type Context,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  isSpanContextValid,
  trace,
} from '@opentelemetry/api';
import type { Carrier } from '../core/index.js';
import type { OpenTelemetryOptions } from './options.js';

type Propagator = NonNullable<OpenTelemetryOptions['propagator']>;

const TRACE_PARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** W3C Trace Context, and nothing else: the propagator that an SDK is set to may carry baggage, too. */
const TRACE_CONTEXT: Propagator = {
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context);
    if (!span || !isSpanContextValid(span)) return;
    const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`);
    const state = span.traceState?.serialize();
    if (state) setter.set(carrier, 'tracestate', state);
  },
  extract(context, carrier, getter) {
    const [, version, traceId, spanId, flags, rest] =
      TRACE_PARENT.exec(String(getter.get(carrier, 'traceparent'))) ?? [];
    const isKnown = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined);
    if (!isKnown || !traceId || !spanId || !flags) return context;
    const state = getter.get(carrier, 'tracestate');
    const span = {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) & 1,
      isRemote: true,
      ...(typeof state === 'string' && { traceState: createTraceState(state) }),
    };
    return isSpanContextValid(span) ? trace.setSpanContext(context, span) : context;
  },
};

/** Carries the context of a trace through stored messages. */
export class Carriers {
  constructor(private readonly propagator: Propagator = TRACE_CONTEXT) {}

  /** Undefined where there is nothing to carry. */
  of(context: Context): Carrier | undefined {
    const carrier: Record<string, string> = {};
    this.propagator.inject(context, carrier, defaultTextMapSetter);
    return Object.keys(carrier).length > 0 ? carrier : undefined;
  }

  /** The context that a message was stored in. What is stored may be of any age, and may have been changed. */
  contextOf(stored: unknown): Context {
    if (typeof stored !== 'object' || stored === null) return ROOT_CONTEXT;
    const texts = Object.entries(stored).filter(([, value]) => typeof value === 'string');
    if (texts.length === 0) return ROOT_CONTEXT;
    return this.propagator.extract(ROOT_CONTEXT, Object.fromEntries(texts), defaultTextMapGetter);
  }
}
