import { jest } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { SignalRegistry } from 'nestjs-signals';
import type { DurableSignals } from 'nestjs-signals/pg-boss';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { tracing } from './tracing.js';

quiet();
jest.setTimeout(60_000);
const spans = tracing();
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
beforeAll(() => metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })));
afterAll(async () => {
  metrics.disable();
  await reader.shutdown();
});

/** The points of each metric of the library, as they are now. */
async function collected(): Promise<Record<string, { value: unknown; attributes: Record<string, unknown> }[]>> {
  exporter.reset();
  await reader.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(one => one.metrics));
  return Object.fromEntries(all.map(({ descriptor, dataPoints }) => [descriptor.name, [...dataPoints]]));
}

function operationsOf({ backends }: SignalRegistry): DurableSignals {
  const jobs = [...backends.values()] as { readonly operations?: DurableSignals }[];
  return jobs.find(({ operations }) => operations)!.operations!;
}

describe.each(engines)('The metrics, with %s,', (_, engine) => {
  it('count attempts by their outcome, dead messages and what waits, and measure calls', async () => {
    await using t = await startTraced(engine());
    t.receipts.failures = 2;
    await t.placed.send('shop', { name: 'secret-name' });
    await eventually(async () => (await t.durable.dead()).length === 1);
    await t.placed.send('shop', { name: 'two' });
    await t.settled();
    spans.reset();
    const found = await collected();

    const tags = {
      'nestjs_signals.signal': 'OrderPlaced',
      'nestjs_signals.receiver': 'receipts.write',
      'nestjs_signals.delivery': 'durable',
    };
    const outcomes = found['nestjs_signals.durable.attempts']!.map(({ attributes }) => attributes);
    for (const outcome of ['failed', 'dead', 'succeeded']) {
      expect(outcomes).toContainEqual({ ...tags, 'nestjs_signals.outcome': outcome });
    }
    expect(found['messaging.process.duration']!.map(({ attributes }) => attributes)).toEqual([tags]);
    expect(found['nestjs_signals.receive.duration']!.map(({ attributes }) => attributes)).toContainEqual(tags);
    const receiver = { 'nestjs_signals.receiver': 'receipts.write' };
    expect(found['nestjs_signals.durable.dead']).toMatchObject([{ value: 1, attributes: receiver }]);
    expect(found['nestjs_signals.durable.lag']).toMatchObject([{ value: 0, attributes: receiver }]);
    const waiting = { ...receiver, 'nestjs_signals.state': 'waiting' };
    expect(found['nestjs_signals.durable.messages']).toContainEqual(expect.objectContaining({ attributes: waiting }));
    expect(JSON.stringify(found)).not.toContain('secret');
    expect(spans.tree).toEqual([]);
  });

  it('are not asked of an application that has ended', async () => {
    const t = await startTraced(engine());
    const counts = jest.spyOn(operationsOf(t.app.get(SignalRegistry)), 'counts');
    await collected();
    expect(counts).toHaveBeenCalledTimes(1);
    await t[Symbol.asyncDispose]();
    await collected();

    expect(counts).toHaveBeenCalledTimes(1);
  });
});
