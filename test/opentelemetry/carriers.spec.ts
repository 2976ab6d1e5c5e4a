import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { Carriers } from '../../lib/opentelemetry/carriers.js';
import { tracing, within } from './tracing.js';

tracing();
const carriers = new Carriers();
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const spanOf = (carrier: unknown) => trace.getSpanContext(carriers.contextOf(carrier));

describe('The context of a trace in a stored message', () => {
  it('comes back as it was', async () => {
    const [stored, active] = await within('request', () => {
      const span = trace.getActiveSpan()!;
      return [carriers.of(trace.setSpan(ROOT_CONTEXT, span)), span.spanContext()] as const;
    });

    expect(spanOf(stored)).toEqual({ ...active, isRemote: true });
    expect(stored).toEqual({ traceparent: `00-${active.traceId}-${active.spanId}-01` });
  });

  it('has the state of the trace, and keeps that it is not sampled', () => {
    const carrier = { traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'vendor=value' };

    expect(carriers.of(carriers.contextOf(carrier))).toEqual(carrier);
    expect(spanOf(carrier)!.traceFlags).toBe(0);
  });

  it('is nothing where there is no trace', () => {
    expect(carriers.of(ROOT_CONTEXT)).toBeUndefined();
  });

  it('of a later version is read as far as it is known', () => {
    expect(spanOf({ traceparent: `cc-${TRACE}-${SPAN}-01-more` })).toMatchObject({ traceId: TRACE, spanId: SPAN });
  });

  it.each([
    ['of an older version of the library', undefined],
    ['null', null],
    ['a text', 'traceparent'],
    ['a list', ['traceparent']],
    ['without a text', { traceparent: 5, tracestate: {} }],
    ['of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
    ['too long', { traceparent: `00-${TRACE}-${SPAN}-01-more` }],
    ['of a version that cannot be', { traceparent: `ff-${TRACE}-${SPAN}-01` }],
    ['of capitals', { traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` }],
    ['with a state only', { tracestate: 'vendor=value' }],
  ])('that is %s begins a trace of its own', (_, carrier) => {
    expect(carriers.contextOf(carrier)).toBe(ROOT_CONTEXT);
  });

  it('reaches only a propagator that is given', () => {
    const asked = new Carriers(propagation);

    expect(asked.of(ROOT_CONTEXT)).toBeUndefined();
    expect(asked.contextOf({ traceparent: `00-${TRACE}-${SPAN}-01` })).toBe(ROOT_CONTEXT);
  });
});
