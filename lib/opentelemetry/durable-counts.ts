import { type BatchObservableResult, context, type Meter, type ObservableGauge } from '@opentelemetry/api';
import type { SignalRegistry } from '../core/index.js';
import { DURABLE, durableJobs } from '../durable/index.js';

/** An SDK makes no spans where this is set; the API has no name for it. */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Asks, whenever metrics are collected, how many durable messages are where. Nothing is asked where nothing collects. */
export class DurableCountsGauges {
  private readonly messages: ObservableGauge;
  private readonly dead: ObservableGauge;
  private readonly lag: ObservableGauge;
  private readonly observe = (result: BatchObservableResult) => this.observeAll(result);

  constructor(
    private readonly meter: Meter,
    private readonly registry: SignalRegistry,
  ) {
    this.messages = meter.createObservableGauge('nestjs_signals.durable.messages', {
      description: 'Durable messages that are not dead, by their state.',
      unit: '{message}',
    });
    this.dead = meter.createObservableGauge('nestjs_signals.durable.dead', {
      description: 'Durable messages whose receiver has failed for the last time.',
      unit: '{message}',
    });
    this.lag = meter.createObservableGauge('nestjs_signals.durable.lag', {
      description: 'For how long the oldest message that is due has been due.',
      unit: 's',
    });
  }

  start(): void {
    this.meter.addBatchObservableCallback(this.observe, [this.messages, this.dead, this.lag]);
  }

  stop(): void {
    this.meter.removeBatchObservableCallback(this.observe, [this.messages, this.dead, this.lag]);
  }

  private async observeAll(result: BatchObservableResult): Promise<void> {
    if (!this.registry.backends.has(DURABLE.backend)) return;
    const { operations } = durableJobs(this.registry);
    const counts = await context.with(context.active().setValue(SUPPRESSED, true), () => operations.counts());
    for (const { receiver, waiting, delayed, active, dead, oldestMs } of counts) {
      const tags = { 'nestjs_signals.receiver': receiver };
      for (const [state, count] of Object.entries({ waiting, delayed, active })) {
        result.observe(this.messages, count, { ...tags, 'nestjs_signals.state': state });
      }
      result.observe(this.dead, dead, tags);
      result.observe(this.lag, oldestMs / 1000, tags);
    }
  }
}
