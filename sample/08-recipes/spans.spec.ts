import { Test } from '@nestjs/testing';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { jest } from '@jest/globals';
import { SignalRegistry } from 'nestjs-signals';
import { OrderPaid, SpansModule } from './spans.js';

afterEach(() => {
  trace.disable();
  context.disable();
});

it('Spans have the id of the request, and nothing of the payload', async () => {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  const log = jest.spyOn(console, 'log').mockReturnValue();
  const app = await Test.createTestingModule({ imports: [SpansModule] }).compile();
  await app.init();
  const paid = app.get(OrderPaid);
  await app
    .get(SignalRegistry)
    .withContext({ requestId: 'r1' }, () => paid.send('the shop', { id: 1, card: 'secret-card' }));
  await app.close();

  expect(log).toHaveBeenCalledWith('receipt of order 1');
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name, attributes }) => [name, attributes['app.request']])).toEqual([
    ['receive receipts.print', 'r1'],
    ['send OrderPaid', 'r1'],
  ]);
  expect(JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })))).not.toContain('secret');
});
