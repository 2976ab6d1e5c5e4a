import type { Channel, TracingChannel } from 'node:diagnostics_channel';
import { Logger } from '@nestjs/common';
import { type Context, context, createContextKey, metrics } from '@opentelemetry/api';
import {
  observation,
  SignalError,
  type ObservedAttempt,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  type ObservedStoring,
  type SignalRegistry,
} from '../core/index.js';
import { logError, type RoomLink } from '../nest/index.js';
import { CallMetrics } from './call-metrics.js';
import { DurableCountsGauges } from './durable-counts.js';
import { SCOPE } from './names.js';
import type { OpenTelemetryOptions } from './options.js';
import { SpanStore } from './span-store.js';
import { Spans } from './spans.js';

/** Makes telemetry of what one application does with its signals. */
export class TelemetryLink implements RoomLink {
  private readonly logger = new Logger('Signals');
  private readonly spans: Spans;
  private readonly ends: (() => void)[] = [];
  /** Errors of the options of the application: each is logged once. */
  private readonly logged = new Set<string>();

  constructor(
    private readonly registry: SignalRegistry,
    options: OpenTelemetryOptions,
  ) {
    this.spans = new Spans(options);
  }

  /** Now, and not when the module is loaded: an SDK that is registered by now has its meter. */
  async init(): Promise<void> {
    if (!keepsContext()) this.logger.warn(withoutSdk().message);
    const meter = metrics.getMeter(SCOPE);
    const counts = new DurableCountsGauges(meter, this.registry);
    counts.start();
    this.ends.push(() => counts.stop());
    this.traceSends();
    this.traceCalls(new CallMetrics(meter));
  }

  private traceSends(): void {
    const { spans } = this;
    const whole = <T>(one: T) => one;
    this.trace<ObservedSend>(
      observation.send,
      whole,
      one => spans.send(one),
      one => spans.end(one),
    );
    this.trace<ObservedStoring>(
      observation.store,
      whole,
      one => spans.store(one),
      one => spans.end(one),
    );
    this.subscribe(observation.skip, one => {
      const skipped = one as ObservedSkip;
      if (this.isOwn(skipped.send)) this.safely(() => spans.skip(skipped));
    });
  }

  private traceCalls(calls: CallMetrics): void {
    const { spans } = this;
    this.trace<ObservedReceiver>(
      observation.receive,
      one => one.send,
      one => (calls.begin(one), spans.receive(one)),
      one => (calls.receive(one), spans.end(one)),
    );
    this.trace<ObservedAttempt>(
      observation.attempt,
      one => one,
      one => (calls.begin(one), spans.attempt(one)),
      one => (calls.attempt(one), spans.attemptEnds(one)),
    );
  }

  close(): void {
    for (const end of this.ends.splice(0)) end();
  }

  /** @param whole - what names the application. */
  private trace<Observed extends object>(
    channel: TracingChannel<unknown, Observed>,
    whole: (observed: Observed) => { readonly registry: object },
    begin: (observed: Observed) => Context,
    end: (observed: Observed) => void,
  ): void {
    const store = new SpanStore();
    channel.start.bindStore(store, observed => {
      const active = context.active();
      // What throws here ends the process.
      return this.isOwn(whole(observed)) ? (this.safely(() => begin(observed)) ?? active) : active;
    });
    this.ends.push(() => channel.start.unbindStore(store));
    const ended = (one: unknown) => {
      const observed = one as Observed;
      if (this.isOwn(whole(observed))) this.safely(() => end(observed));
    };
    this.subscribe(channel.asyncEnd, ended);
    // What is synchronous has its result, or its error, by the time that it ends.
    this.subscribe(channel.end, one => {
      if ('result' in (one as object) || 'error' in (one as object)) ended(one);
    });
  }

  private subscribe(channel: Channel, report: (message: unknown) => void): void {
    channel.subscribe(report);
    this.ends.push(() => channel.unsubscribe(report));
  }

  private isOwn({ registry }: { readonly registry: object }): boolean {
    return registry === this.registry;
  }

  /** Telemetry must not change the application that it is of. */
  private safely<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      const text = String(error);
      if (!this.logged.has(text) && this.logged.size < 100) {
        this.logged.add(text);
        logError(this.logger, 'Telemetry of signals failed, and leaves something out', error);
      }
      return undefined;
    }
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
