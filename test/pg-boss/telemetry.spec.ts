import { jest } from '@jest/globals';
import { type Span, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { durable } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

/** Notes the name of each span; the spans themselves record nothing. */
class NotingTracer implements Tracer {
  readonly names: string[] = [];

  startSpan(name: string): Span {
    this.names.push(name);
    return trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 });
  }

  startActiveSpan(name: string, ...rest: unknown[]): never {
    return (rest.at(-1) as (span: Span) => unknown)(this.startSpan(name)) as never;
  }
}

describe('pg-boss', () => {
  const tracer = new NotingTracer();
  const provider: TracerProvider = { getTracer: () => tracer };
  beforeAll(() => {
    trace.setGlobalTracerProvider(provider);
  });
  afterAll(() => trace.disable());

  it('makes no spans of its own of durable messages', async () => {
    await using t = await startDurable();
    t.placed.connect(() => Promise.reject(new Error('no')), { uid: 'x', delivery: durable({ retryLimit: 0 }) });
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    expect(await t.durable.dead()).toHaveLength(1);
    expect(tracer.names).toEqual([]);
  });
});
