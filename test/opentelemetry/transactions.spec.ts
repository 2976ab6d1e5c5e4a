import { context, propagation, trace } from '@opentelemetry/api';
import { W3CBaggagePropagator, CompositePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { afterCommit, afterRollback, PostInit, PostLoad, PostSave, SignalRegistry } from 'nestjs-signals';
import { inProcess } from 'nestjs-signals/testing';
import { Order } from '../pg-boss/order-placed.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { mark, tracing, within } from './tracing.js';

quiet();
const spans = tracing();

describe('In a transaction', () => {
  it('what runs after COMMIT, or after ROLLBACK, is below the send', async () => {
    await using t = await startTraced(inProcess(), { receivers: uid => uid !== 'receipts.write' });
    t.placed.connect(() => mark('later'), { uid: 'later', delivery: afterCommit });
    t.placed.connect(() => mark('undone'), { uid: 'undone', delivery: afterRollback });
    const placed = (fail: boolean) => async () =>
      t.fork().transactional(async em => {
        await within('service', () => t.placed.send('shop', { name: 'one' }, { em }));
        if (fail) throw new Error('no');
      });
    await within('POST /orders', placed(false));
    await t.settled();
    spans.reset();
    await within('POST /orders', placed(false));
    await t.settled();
    await within('DELETE /orders', placed(true)).catch(() => {});

    expect(spans.tree).toEqual([
      'POST /orders',
      '  service',
      '    send OrderPlaced',
      '      receive later',
      '        later',
      '      query',
      '      send Mailed',
      '        receive mails.log',
      'DELETE /orders',
      '  service',
      '    send OrderPlaced',
      '      receive undone',
      '        undone',
    ]);
  });

  it('a receiver with `batch` has links to the sends of a flush', async () => {
    await using t = await startTraced(inProcess());
    t.app.get(PostSave).connect(() => mark('counted'), { uid: 'count', sender: Order, batch: true });
    await within('POST /orders', async () => {
      const em = t.fork();
      for (const name of ['one', 'two']) em.create(Order, { name });
      await em.flush();
    });

    const sends = spans.all('send PostSave').map(span => span.spanContext().spanId);
    const call = spans.named('receive count');
    expect(sends).toHaveLength(2);
    expect(call.links.map(link => link.context.spanId)).toEqual(sends);
    expect(spans.tree.slice(-2)).toEqual(['  receive count', '    counted']);
  });

  it('loading makes no spans unless it is asked for', async () => {
    const load = async (asked: boolean) => {
      await using t = await startTraced(inProcess(), asked ? { signals: () => true } : {});
      for (const signal of [PostInit, PostLoad]) t.app.get(signal).connect(() => {}, { uid: signal.name });
      await t.fork().insert(Order, { name: 'one' });
      spans.reset();
      await t.fork().findAll(Order);
      return spans.tree;
    };

    expect(await load(false)).toEqual([]);
    expect(await load(true)).toEqual(['send PostInit', '  receive PostInit', 'send PostLoad', '  receive PostLoad']);
  });
});

describe('Baggage', () => {
  const send = async (propagator?: CompositePropagator) => {
    const seen: unknown[] = [];
    await using t = await startTraced(inProcess(), propagator ? { propagator } : {});
    t.app
      .get(PostSave)
      .connect(() => void seen.push(propagation.getBaggage(context.active())?.getEntry('tenant')?.value));
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => t.placed.send('shop', { name: 'one' }));
    await t.settled();
    return seen;
  };

  it('does not travel with a stored message, unless a propagator carries it', async () => {
    const both = new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    });

    expect(await send()).toEqual([undefined]);
    expect(await send(both)).toEqual(['a']);
  });
});

describe('The attributes of an application', () => {
  it('are added to every span of a message, and an error of theirs changes nothing', async () => {
    await using t = await startTraced(inProcess(), {
      attributes: ({ context: { requestId }, payload }) => {
        if ((payload as { name?: string }).name === 'odd') throw new Error('no');
        return { 'app.request': String(requestId) };
      },
    });
    await t.app.get(SignalRegistry).withContext({ requestId: 'r1' }, () => t.placed.send('shop', { name: 'one' }));
    await t.settled();
    const names = ['send OrderPlaced', 'store receipts.write', 'process receipts.write'];
    for (const name of names) expect(spans.named(name).attributes).toMatchObject({ 'app.request': 'r1' });
    spans.reset();
    await t.placed.send('shop', { name: 'odd' });
    await t.settled();

    expect(t.receipts.calls).toEqual(['one', 'odd']);
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
