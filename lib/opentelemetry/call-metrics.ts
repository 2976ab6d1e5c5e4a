import { type Attributes, type Counter, type Histogram, type Meter, ValueType } from '@opentelemetry/api';
import type { ObservedAttempt, ObservedReceiver } from '../core/index.js';
import { tagsOf } from './names.js';

/** Of calls, in seconds: from a millisecond to minutes. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Measures how long receivers take, and counts attempts. */
export class CallMetrics {
  private readonly begun = new WeakMap<object, number>();
  private readonly receiving: Histogram;
  private readonly processing: Histogram;
  private readonly attempts: Counter;

  constructor(meter: Meter) {
    const seconds = { unit: 's', valueType: ValueType.DOUBLE, advice: { explicitBucketBoundaries: BOUNDARIES } };
    this.receiving = meter.createHistogram('nestjs_signals.receive.duration', {
      description: 'How long calls of receivers take.',
      ...seconds,
    });
    this.processing = meter.createHistogram('messaging.process.duration', {
      description: 'How long attempts of durable receivers take, their transaction included.',
      ...seconds,
    });
    this.attempts = meter.createCounter('nestjs_signals.durable.attempts', {
      description: 'Attempts of durable receivers, message by message, by how they ended.',
      unit: '{attempt}',
      valueType: ValueType.INT,
    });
  }

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
}
