import { type BatchObservableResult, context, type Meter } from '@opentelemetry/api';
import type { SignalRegistry } from '../core/index.js';
import { DURABLE, type DurableCounts, durableJobs } from '../durable/index.js';

/** An SDK makes no spans where this is set; the API has no name for it. */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Asks, whenever metrics are collected, how many durable messages are where. Nothing is asked where nothing collects.
 * Returns what ends it.
 */
export function observeCounts(meter: Meter, registry: SignalRegistry): () => void {
  const messages = meter.createObservableGauge('nestjs_signals.durable.messages', {
    description: 'Durable messages that are not dead, by their state.',
    unit: '{message}',
  });
  const dead = meter.createObservableGauge('nestjs_signals.durable.dead', {
    description: 'Durable messages whose receiver has failed for the last time.',
    unit: '{message}',
  });
  const lag = meter.createObservableGauge('nestjs_signals.durable.lag', {
    description: 'The time for which the oldest due message has been due.',
    unit: 's',
  });
  const observe = async (result: BatchObservableResult) => {
    for (const { receiver, waiting, delayed, active, ...counts } of await countsOf(registry)) {
      const tags = { 'nestjs_signals.receiver': receiver };
      for (const [state, count] of Object.entries({ waiting, delayed, active })) {
        result.observe(messages, count, { ...tags, 'nestjs_signals.state': state });
      }
      result.observe(dead, counts.dead, tags);
      result.observe(lag, counts.oldestMs / 1000, tags);
    }
  };
  meter.addBatchObservableCallback(observe, [messages, dead, lag]);
  return () => meter.removeBatchObservableCallback(observe, [messages, dead, lag]);
}

async function countsOf(registry: SignalRegistry): Promise<readonly DurableCounts[]> {
  if (!registry.backends.has(DURABLE.backend)) return [];
  const { operations } = durableJobs(registry);
  return context.with(context.active().setValue(SUPPRESSED, true), () => operations.counts());
}
