import { Inject, Injectable } from '@nestjs/common';
import { afterCommit, OnSignal, type PayloadOf, Signal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { openTelemetry, type OpenTelemetryOptions } from 'nestjs-signals/opentelemetry';
import { compileApp } from '../support/app.js';
import { quiet } from '../support/quiet.js';
import { mark, tracing, within } from './tracing.js';

quiet();
const spans = tracing();

class OrderPlaced extends Signal<{ id: number; card: string }> {}
class Mailed extends Signal<{ to: string }> {}

@Injectable()
class Receivers {
  error: unknown;

  constructor(@Inject(Mailed) private readonly mailed: Mailed) {}

  @OnSignal(OrderPlaced, { uid: 'orders.mail' })
  async mail() {
    await Promise.resolve();
    mark('query');
    await this.mailed.send(this, { to: 'ann@example.com' });
  }

  @OnSignal(OrderPlaced, { uid: 'orders.count', after: 'orders.mail' })
  count() {
    mark('counting');
    // oxlint-disable-next-line typescript/only-throw-error -- whatever a receiver throws
    if (this.error !== undefined) throw this.error;
  }

  @OnSignal(Mailed, { uid: 'mails.log' })
  log() {}

  @OnSignal(Mailed, { uid: 'mails.never', when: () => false })
  never() {}
}

async function start(options: OpenTelemetryOptions = {}) {
  const app = await compileApp({
    imports: [SignalsModule.forRoot({ telemetry: openTelemetry(options) })],
    providers: [OrderPlaced, Mailed, Receivers],
  });
  await app.init();
  spans.reset();
  return Object.assign(app, { placed: app.get(OrderPlaced), receivers: app.get(Receivers) });
}

const payload: PayloadOf<OrderPlaced> = { id: 4711, card: 'secret-card' };

describe('The spans of a send', () => {
  it('are one for the send and one for each receiver that runs, with what these do below them', async () => {
    await using t = await start();
    await within('POST /orders', async () => {
      await t.placed.send('shop', payload);
      mark('after the send');
    });

    expect(spans.tree).toEqual([
      'POST /orders',
      '  send OrderPlaced',
      '    receive orders.mail',
      '      query',
      '      send Mailed',
      '        receive mails.log',
      '    receive orders.count',
      '      counting',
      '  after the send',
    ]);
  });

  it('have the ids with which log lines and causes are found', async () => {
    await using t = await start();
    const ids: string[] = [];
    t.placed.connect((_, { id }) => void ids.push(id));
    await t.placed.send('shop', payload);

    expect(spans.named('send OrderPlaced').attributes).toEqual({
      'nestjs_signals.signal': 'OrderPlaced',
      'messaging.message.id': ids[0],
    });
    expect(spans.named('send Mailed').attributes).toMatchObject({ 'nestjs_signals.caused_by': ids[0] });
    expect(spans.named('receive orders.mail').attributes).toEqual({
      'nestjs_signals.signal': 'OrderPlaced',
      'nestjs_signals.receiver': 'orders.mail',
      'nestjs_signals.delivery': 'inline',
      'messaging.message.id': ids[0],
    });
  });

  it('show the receiver that failed, and the send, with the kind of the error and nothing of its text', async () => {
    await using t = await start();
    t.receivers.error = new TypeError('secret-card is not valid');
    await expect(t.placed.send('shop', payload)).rejects.toThrow(TypeError);

    expect(spans.tree).toEqual([
      'send OrderPlaced ERROR TypeError',
      '  receive orders.mail',
      '    query',
      '    send Mailed',
      '      receive mails.log',
      '  receive orders.count ERROR TypeError',
      '    counting',
    ]);
    expect(dump()).not.toMatch(/secret|4711|ann@/);
  });

  it.each([
    ['a string', 'no', '_OTHER'],
    ['a revoked proxy', revoked(), '_OTHER'],
    ['an error whose name is no text', Object.assign(new Error('no'), { name: 5 }), '_OTHER'],
    ['an error with a name', Object.assign(new Error('no'), { name: 'AbortError' }), 'AbortError'],
  ])('end when %s is thrown', async (_, error, type) => {
    await using t = await start();
    t.receivers.error = error;
    await t.placed.send('shop', payload).catch(() => {});

    expect(spans.named('receive orders.count').attributes).toMatchObject({ 'error.type': type });
  });

  it('of one that is robust: only the receivers that failed', async () => {
    await using t = await start();
    t.receivers.error = new Error('no');
    await t.placed.sendRobust('shop', payload);

    expect(spans.tree[0]).toBe('send OrderPlaced');
    expect(spans.tree).toContain('  receive orders.count ERROR Error');
  });

  it('of a synchronous one end, too, with its error', async () => {
    await using t = await start();
    const mailed = t.get(Mailed);
    const connection = mailed.connect(() => mark('sync'), { uid: 'mails.sync' });
    mailed.sendSync('shop', { to: 'x' });
    connection.disconnect();
    const fail = () => {
      throw new RangeError('no');
    };
    mailed.connect(fail, { uid: 'mails.fail' });
    expect(() => mailed.sendSync('shop', { to: 'x' })).toThrow(RangeError);

    expect(spans.tree).toEqual([
      'send Mailed',
      '  receive mails.log',
      '  receive mails.sync',
      '    sync',
      'send Mailed ERROR RangeError',
      '  receive mails.log',
      '  receive mails.fail ERROR RangeError',
    ]);
  });
});

describe('A receiver that is skipped', () => {
  it('is noted in the span of the send, with the reason', async () => {
    await using t = await start();
    await t.get(SignalRegistry).mute([], () => t.get(Mailed).send('shop', { to: 'x' }));

    expect(spans.named('send Mailed').events).toMatchObject([
      {
        name: 'nestjs_signals.receiver.skipped',
        attributes: { 'nestjs_signals.receiver': 'mails.never', 'nestjs_signals.reason': 'its `when` said no' },
      },
    ]);
  });
});

describe('A receiver after the commit, without a transaction', () => {
  it('is below the send', async () => {
    await using t = await start();
    t.get(Mailed).connect(() => mark('later'), { uid: 'mails.later', delivery: afterCommit });
    await t.get(Mailed).send('shop', { to: 'x' });

    expect(spans.tree).toEqual(['send Mailed', '  receive mails.log', '  receive mails.later', '    later']);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function dump(): string {
  return JSON.stringify(
    spans.spans.map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
  );
}
