import { type Attributes, type Histogram, type Meter, ValueType } from '@opentelemetry/api';
import type { ObservedAttempt, ObservedReceiver } from '../core/index.js';
import { tagsOf } from './names.js';

/** The boundaries of the histogram of calls, in seconds: from a millisecond to minutes. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Measures how long receivers take, and counts attempts. */
export class CallMetrics {
  private readonly begun = new WeakMap<object, number>();
  private readonly receiving = this.seconds('nestjs_signals.receive.duration', 'How long calls of receivers take.');
  private readonly processing = this.seconds(
    'messaging.process.duration',
    'How long attempts of durable receivers take, their transaction included.',
  );
  private readonly attempts = this.meter.createCounter('nestjs_signals.durable.attempts', {
    description: 'Attempts of durable receivers, message by message, by how they ended.',
    unit: '{attempt}',
    valueType: ValueType.INT,
  });

  constructor(private readonly meter: Meter) {}

  begin(observed: object): void {
    this.begun.set(observed, performance.now());
  }

  receive(observed: ObservedReceiver): void {
    const { send, receiver, delivery } = observed;
    this.record(this.receiving, observed, tagsOf(send.signal, receiver, delivery));
  }

  attempt(observed: ObservedAttempt): void {
    const { signal, receiver, delivery, outcomes } = observed;
    const tags = tagsOf(signal, receiver, delivery);
    if (!this.record(this.processing, observed, tags)) return;
    for (const outcome of outcomes) this.attempts.add(1, { ...tags, 'nestjs_signals.outcome': outcome });
  }

  private record(histogram: Histogram, observed: object, tags: Attributes): boolean {
    const begun = this.begun.get(observed);
    if (begun === undefined) return false;
    this.begun.delete(observed);
    histogram.record((performance.now() - begun) / 1000, tags);
    return true;
  }

  private seconds(name: string, description: string): Histogram {
    const advice = { explicitBucketBoundaries: BOUNDARIES };
    return this.meter.createHistogram(name, { description, unit: 's', valueType: ValueType.DOUBLE, advice });
  }
}
