import { jest } from '@jest/globals';
import { SampleProcess } from '../sample/fixtures/sample-process.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { startApi } from './api.js';
import { shownSpansOf } from './shown-spans.js';
import { idOf, traceOf, tracing } from './tracing.js';

quiet();
jest.setTimeout(60_000);
const spans = tracing();
const CALLER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };

it('One trace goes from an HTTP request through its flush into a worker in another process, and what that sends', async () => {
  await using api = await startApi();
  await using worker = await SampleProcess.start('test/opentelemetry/fixtures/worker-process.ts', {
    env: { SIGNALS_URL: api.databaseUrl },
  });
  await worker.says(/ready/);
  const traceparent = `00-${CALLER.trace}-${CALLER.span}-01`;
  const { status } = await fetch(`${api.url}/orders`, { method: 'POST', headers: { traceparent } });
  expect(status).toBe(201);
  await worker.says(/written/);
  const there = await shownSpansOf(worker);
  await eventually(() => spans.all('POST /orders').length === 1);

  expect(spans.tree).toEqual(['POST /orders SERVER', '  send PostSave', '    store receipts.write PRODUCER']);
  expect(spans.named('POST /orders').parentSpanContext).toMatchObject({ spanId: CALLER.span, isRemote: true });
  const named = (name: string) => there.find(one => one.name === name)!;
  const traces = [...spans.spans.map(traceOf), ...there.map(({ trace }) => trace)];
  expect(new Set(traces)).toEqual(new Set([CALLER.trace]));
  expect(named('process receipts.write').parent).toBe(idOf(spans.named('store receipts.write')));
  expect(named('query').parent).toBe(named('process receipts.write').id);
  expect(named('send OrderPlaced').parent).toBe(named('process receipts.write').id);
  expect(named('receive orders.log').parent).toBe(named('send OrderPlaced').id);
});
