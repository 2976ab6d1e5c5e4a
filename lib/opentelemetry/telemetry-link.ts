import { AsyncLocalStorage } from 'node:async_hooks';
import type { TracingChannel } from 'node:diagnostics_channel';
import { Logger } from '@nestjs/common';
import { type Context, context, createContextKey, metrics } from '@opentelemetry/api';
import { observation, SignalError, type ObservedSkip, type SignalRegistry, Watching } from '../core/index.js';
import { logError, type RoomLink } from '../nest/index.js';
import { CallMetrics } from './call-metrics.js';
import { observeCounts } from './durable-counts.js';
import { SCOPE } from './names.js';
import type { OpenTelemetryOptions } from './options.js';
import { Spans } from './spans.js';

/** Makes telemetry of what one application does with its signals. */
export class TelemetryLink implements RoomLink {
  private readonly logger = new Logger('Signals');
  private readonly spans: Spans;
  private readonly watching: Watching;
  /** Errors of the options of the application: each is logged once. */
  private readonly logged = new Set<string>();

  constructor(
    private readonly registry: SignalRegistry,
    options: OpenTelemetryOptions,
  ) {
    this.spans = new Spans(options);
    this.watching = new Watching(registry, error => this.logOnce(error));
  }

  /** Now, and not when the module is loaded: an SDK that is registered by now has its meter. */
  async init(): Promise<void> {
    if (!keepsContext()) this.logger.warn(withoutSdk().message);
    const meter = metrics.getMeter(SCOPE);
    this.watching.until(observeCounts(meter, this.registry));
    const { spans } = this;
    const calls = new CallMetrics(meter);
    this.trace(observation.send, { begin: one => spans.send(one), end: one => spans.end(one) });
    this.trace(observation.store, { begin: one => spans.store(one), end: one => spans.end(one) });
    this.trace(observation.receive, {
      begin: one => (calls.begin(one), spans.receive(one)),
      end: one => (calls.receive(one), spans.end(one)),
    });
    this.trace(observation.attempt, {
      begin: one => (calls.begin(one), spans.attempt(one)),
      end: one => (calls.attempt(one), spans.attemptEnds(one)),
    });
    this.watching.subscribe<ObservedSkip>(observation.skip, one => spans.skip(one));
  }

  close(): void {
    this.watching[Symbol.dispose]();
  }

  private trace<Observed extends Parameters<Watching['report']>[0]>(
    channel: TracingChannel<unknown, Observed>,
    { begin, end }: { begin: (observed: Observed) => Context; end: (observed: Observed) => void },
  ): void {
    const store = new SpanStore();
    channel.start.bindStore(store, observed => this.watching.report(observed, begin) ?? context.active());
    this.watching.until(() => channel.start.unbindStore(store));
    this.watching.ended(channel, end);
  }

  /** Telemetry must not change the application that it is of. */
  private logOnce(error: unknown): void {
    const text = String(error);
    if (this.logged.has(text) || this.logged.size >= 100) return;
    this.logged.add(text);
    logError(this.logger, 'Telemetry of signals failed, and leaves something out', error);
  }
}

/** Bound to a channel, makes a context of OpenTelemetry the active one of what the channel traces. */
class SpanStore extends AsyncLocalStorage<Context> {
  override run<R, Given extends unknown[]>(store: Context, callback: (...given: Given) => R, ...given: Given): R {
    return context.with(store, () => callback(...given));
  }
}

/** Every SDK sets a context manager up; without one nothing is below anything. */
function keepsContext(): boolean {
  const key = createContextKey('nestjs-signals: whether there is a context manager');
  return context.with(context.active().setValue(key, true), () => context.active().getValue(key) === true);
}

function withoutSdk(): SignalError {
  return new SignalError('NO_TELEMETRY_SDK', {
    what: 'OpenTelemetry has no context manager: spans are not made, or are not below each other.',
    at: 'SignalsModule.forRoot({ telemetry: openTelemetry() })',
    fix: 'start an SDK before the application: node --import ./telemetry.js dist/main.js.',
  });
}
