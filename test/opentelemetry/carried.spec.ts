import { jest } from '@jest/globals';
import { context, createTraceState, propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { durable } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { OrderPlaced } from '../pg-boss/order-placed.js';
import { engines } from '../support/durable-engines.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { idOf, traceOf, tracing, within } from './tracing.js';

quiet();
jest.setTimeout(60_000);
const spans = tracing();

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', isRemote: true };

describe.each(engines)('What travels with a stored message, with %s,', (_, engine) => {
  it('has the state of the trace, which the attempt passes on, and that it is not sampled', async () => {
    await using t = await startTraced(engine());
    const traceState = createTraceState('vendor=value,other=1');
    const caller = trace.setSpanContext(ROOT_CONTEXT, { ...CALLER, traceFlags: TraceFlags.SAMPLED, traceState });
    await context.with(caller, () => t.placed.send('shop', { name: 'one' }));
    await t.settled();

    for (const name of ['process receipts.write', 'query', 'send Mailed']) {
      const { traceId, traceState: state } = spans.named(name).spanContext();
      expect({ name, traceId, state: state?.serialize() }).toEqual({
        name,
        traceId: CALLER.traceId,
        state: 'vendor=value,other=1',
      });
    }
    spans.reset();
    const unsampled = trace.setSpanContext(ROOT_CONTEXT, { ...CALLER, traceFlags: TraceFlags.NONE });
    await context.with(unsampled, () => t.placed.send('shop', { name: 'two' }));
    await t.settled();

    expect(t.receipts.calls).toEqual(['one', 'two']);
    expect(spans.tree).toEqual([]);
  });

  it('has the baggage that is asked for, in attempts that have traces of their own, too', async () => {
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    const propagator = new CompositePropagator({ propagators });
    await using t = await startTraced(engine(), { durable: 'link', propagator });
    const seen: unknown[] = [];
    const note = () => void seen.push(propagation.getBaggage(context.active())?.getEntry('tenant')?.value);
    t.placed.connect(note, { uid: 'note', delivery: durable() });
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    await within('POST /orders', () =>
      context.with(propagation.setBaggage(context.active(), baggage), () => t.placed.send('shop', { name: 'one' })),
    );
    await t.settled();

    expect(seen).toEqual(['acme']);
    const attempt = spans.named('process note');
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.links.map(link => link.context.spanId)).toEqual([idOf(spans.named('store note'))]);
    expect(traceOf(attempt)).not.toBe(traceOf(spans.named('POST /orders')));
  });

  it('goes on in the trace if its signal is not asked for', async () => {
    await using t = await startTraced(engine(), { signals: signal => signal !== OrderPlaced });
    await within('POST /orders', () => t.placed.send('shop', { name: 'one' }));
    await t.settled();

    expect(spans.tree).toEqual(['POST /orders', '  query', '  send Mailed', '    receive mails.log']);
  });
});

it('A sealed message carries its trace beside what is sealed', async () => {
  const flipped = (bytes: Uint8Array) => bytes.map(byte => byte ^ 0xff);
  const seal = (bytes: Uint8Array) => ({ keyId: 'k', bytes: flipped(bytes) });
  await using t = await startTraced(pgBoss({ seal, open: flipped }));
  await t.durable.pause('receipts.write');
  await within('POST /orders', () => t.placed.send('shop', { name: 'secret-name' }));
  const rows = await t.orm.em.getConnection().execute('select to_jsonb(job)::text as row from signals.job job');
  await t.durable.resume('receipts.write');
  await t.settled();

  const stored = spans.named('store receipts.write');
  expect(JSON.stringify(rows)).toContain(`00-${traceOf(stored)}-${idOf(stored)}-01`);
  expect(JSON.stringify(rows)).not.toContain('secret-name');
  expect(spans.tree.slice(0, 4)).toEqual([
    'POST /orders',
    '  send OrderPlaced',
    '    store receipts.write PRODUCER',
    '      process receipts.write CONSUMER',
  ]);
});
