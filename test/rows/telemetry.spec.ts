import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { openTelemetry } from 'nestjs-signals/opentelemetry';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { tracing, within } from '../opentelemetry/tracing.js';
import { Order, OrderSchema, TagSchema } from './entities.js';
import { startRows, startRowsApp } from './rows-app.js';

quiet();
const spans = tracing();
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
beforeAll(() => metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })));
afterAll(async () => {
  metrics.disable();
  await reader.shutdown();
});

const ENTITIES = [OrderSchema, TagSchema];
const INSERT = 'insert into "order" (id, status, total)';

/** The values that a metric has for the receiver `RowChanged`, by their state. */
async function collected(name: string): Promise<Record<string, number>> {
  exporter.reset();
  await reader.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(one => one.metrics));
  const points = all.find(({ descriptor }) => descriptor.name === `nestjs_signals.durable.${name}`)!.dataPoints;
  const own = points.filter(({ attributes }) => attributes['nestjs_signals.receiver'] === 'RowChanged');
  return Object.fromEntries(
    own.map(({ attributes, value }) => [attributes['nestjs_signals.state'] ?? name, value as number]),
  );
}

it('The metrics count changes that wait, and those that were set aside, as messages of RowChanged, and know their lag', async () => {
  const signals = { telemetry: openTelemetry() };
  await using t = await startRowsApp({ entities: ENTITIES, options: { work: false }, signals });
  await t.sql(`${INSERT} select n, 'new', n from generate_series(1, 3) n`);
  await t.sql(`update signals.row_change set changed_at = changed_at - interval '1 hour' where id = 1`);
  await t.sql(`insert into signals.row_change_failed select *, 'an error' from signals.row_change where id = 3`);
  await t.sql('delete from signals.row_change where id = 3');
  expect(await collected('messages')).toEqual({ waiting: 2, delayed: 0, active: 0 });
  expect(await collected('dead')).toEqual({ dead: 1 });
  const { lag } = await collected('lag');
  expect(lag).toBeGreaterThanOrEqual(3600);
  expect(lag).toBeLessThan(3700);
});

it('A change has spans of its own: sent, stored, received', async () => {
  await using t = await startRows(Order, { entities: ENTITIES, signals: { telemetry: openTelemetry() } });
  await within('POST /orders', () => t.sql(`${INSERT} values (1, 'new', 1)`));
  await t.next(1);
  await eventually(() => spans.all('process rows').length > 0);
  expect(spans.tree).toEqual(['POST /orders', 'send RowChanged', '  store rows PRODUCER', '    process rows CONSUMER']);
  expect(JSON.stringify(spans.spans.map(({ attributes }) => attributes))).not.toMatch(/new/);
});
