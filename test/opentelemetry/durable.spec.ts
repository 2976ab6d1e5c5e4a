import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import pg from 'pg';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { idOf, traceOf, tracing, within } from './tracing.js';

quiet();
jest.setTimeout(60_000);
const spans = tracing();

it('A worker that looks for messages and finds none makes no spans', async () => {
  await using t = await startTraced(pgBoss());
  await t.placed.send('shop', { name: 'one' });
  await t.settled();
  spans.reset();
  const query = jest.spyOn(pg.Client.prototype, 'query');
  const looks = () => query.mock.calls.filter(([what]) => JSON.stringify(what).includes('//paused')).length;
  await eventually(() => looks() > 1);

  expect(spans.tree).toEqual([]);
});

describe.each(engines)('The spans of durable messages, with %s,', (_, engine) => {
  it('are of one trace: request, send, store, attempt, and what the receiver does', async () => {
    await using t = await startTraced(engine());
    await within('POST /orders', () =>
      t.fork().transactional(async em => t.placed.send('shop', { name: 'one' }, { em })),
    );
    await t.settled();

    expect(spans.tree).toEqual([
      'POST /orders',
      '  send OrderPlaced',
      '    store receipts.write PRODUCER',
      '      process receipts.write CONSUMER',
      '        query',
      '        send Mailed',
      '          receive mails.log',
    ]);
    const stored = spans.named('store receipts.write');
    expect(spans.named('process receipts.write').links).toMatchObject([{ context: { spanId: idOf(stored) } }]);
  });

  it('have the attributes of the conventions for messaging, and nothing of the payload', async () => {
    await using t = await startTraced(engine());
    let id: string | undefined;
    t.placed.connect((_payload, message) => void (id = message.id));
    await t.placed.send('shop', { name: 'secret-name' });
    await t.settled();

    const tags = {
      'nestjs_signals.signal': 'OrderPlaced',
      'nestjs_signals.receiver': 'receipts.write',
      'nestjs_signals.delivery': 'durable',
      'messaging.system': 'nestjs_signals',
      'messaging.destination.name': 'receipts.write',
      'messaging.message.id': id,
    };
    expect(spans.named('store receipts.write').attributes).toEqual({
      ...tags,
      'messaging.operation.name': 'store',
      'messaging.operation.type': 'create',
    });
    expect(spans.named('process receipts.write').attributes).toEqual({
      ...tags,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'nestjs_signals.attempt': 1,
      'nestjs_signals.outcome': 'succeeded',
    });
    const shown = spans.spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    expect(JSON.stringify(shown)).not.toMatch(/secret/);
  });

  it('are one for each attempt, with ERROR, and the last one says that the message is dead', async () => {
    await using t = await startTraced(engine());
    t.receipts.failures = 2;
    await t.placed.send('shop', { name: 'one' });
    await eventually(async () => (await t.durable.dead()).length === 1);
    await t.settled();

    expect(spans.tree).toEqual([
      'send OrderPlaced',
      '  store receipts.write PRODUCER',
      '    process receipts.write CONSUMER ERROR TypeError',
      '      query',
      '    process receipts.write CONSUMER ERROR TypeError',
      '      query',
      '      send ReceiverFailed',
      '        receive failures.report',
    ]);
    const [first, last] = spans.all('process receipts.write');
    expect(first!.attributes).toMatchObject({ 'nestjs_signals.attempt': 1, 'nestjs_signals.outcome': 'failed' });
    expect(last!.attributes).toMatchObject({ 'nestjs_signals.attempt': 2, 'nestjs_signals.outcome': 'dead' });
    expect(last!.events.map(({ name }) => name)).toEqual(['nestjs_signals.message.dead']);
  });

  it('go on in the same trace when a dead message is retried', async () => {
    await using t = await startTraced(engine());
    t.receipts.failures = 2;
    await t.placed.send('shop', { name: 'one' });
    await eventually(async () => (await t.durable.dead()).length === 1);
    // While a worker notes that it was reported, the message is locked, and `retry` leaves it out.
    await within('operator', () => eventually(async () => (await t.durable.retry('receipts.write')) === 1));
    // A span ends after the transaction of its attempt.
    await eventually(() => spans.all('process receipts.write').length >= 3);

    const attempts = spans.all('process receipts.write');
    expect(new Set(attempts.map(traceOf))).toEqual(new Set([traceOf(spans.named('send OrderPlaced'))]));
  });

  it('of a call with three messages: a trace of its own, with three links', async () => {
    await using t = await startTraced(engine());
    t.placed.connect(() => {}, { uid: 'all', batch: true, delivery: durable() });
    await within('POST /orders', () =>
      t.fork().transactional(async em => {
        for (const name of ['one', 'two', 'three']) await t.placed.send('shop', { name }, { em });
      }),
    );
    await t.settled();

    const [call, ...rest] = spans.all('process all');
    expect(rest).toEqual([]);
    expect(call!.parentSpanContext).toBeUndefined();
    expect(call!.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
    expect(call!.links.map(link => link.context.spanId)).toEqual(spans.all('store all').map(idOf));
  });

  it('are traces of their own, with a link, if the option `durable` says so', async () => {
    await using t = await startTraced(engine(), { durable: 'link' });
    await within('POST /orders', () => t.placed.send('shop', { name: 'one' }));
    await t.settled();

    const attempt = spans.named('process receipts.write');
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.links.map(link => link.context.spanId)).toEqual([idOf(spans.named('store receipts.write'))]);
    expect(traceOf(spans.named('send Mailed'))).toBe(traceOf(attempt));
  });

  it('are left out for other signals and receivers than are asked for, and the trace goes on', async () => {
    await using t = await startTraced(engine(), { receivers: uid => uid !== 'receipts.write' });
    await within('POST /orders', () => t.placed.send('shop', { name: 'one' }));
    await t.settled();

    expect(spans.tree).toEqual([
      'POST /orders',
      '  send OrderPlaced',
      '    query',
      '    send Mailed',
      '      receive mails.log',
    ]);
  });
});
