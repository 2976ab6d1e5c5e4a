import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { startApp } from '../../support/app.js';
import { differ, type Mapping, match } from '../mapping.js';
import { answersOf, type Recorder } from '../recorder.js';
import { Alpha, Beta, Ping, Pong } from './signals.js';

export const CONNECTIONS: Mapping = {
  'dispatch.order_registration': match('receivers run in the order in which they were connected', async record => {
    const ping = new Ping();
    for (const name of ['c', 'a', 'b']) ping.connect(record.receiver(name));

    return { responses: answersOf(await ping.send(Alpha)) };
  }),

  'dispatch.dispatch_uid_first_wins': match('of two functions with one uid, the first stays', async record => {
    await using app = await startApp({ imports: [SignalsModule.forFeature([Ping])] });
    const ping = app.get(Ping);
    ping.connect(record.receiver('first'), { uid: 'mail' });
    ping.connect(record.receiver('second'), { uid: 'mail' });

    const [registry, responses] = [app.get(SignalRegistry), await ping.send(null)];

    // A response has the uid, which is Django's key, and no function.
    const names = answersOf(responses).map(([uid, value]) => [uid === 'mail' ? 'first' : uid, value]);
    return { responses: names, connected: registry.receivers(ping).length };
  }),

  'dispatch.duplicate_connect_same_function': match('a function is connected once', async record => {
    await using app = await startApp({ imports: [SignalsModule.forFeature([Ping])] });
    const ping = app.get(Ping);
    const f = record.receiver('f');
    ping.connect(f);
    ping.connect(f);

    const responses = answersOf(await ping.send(null));
    return { responses, connected: app.get(SignalRegistry).receivers(ping).length };
  }),

  'dispatch.reimported_module_double_registration': match(
    'two functions of one name are two receivers, unless they have one uid',
    async record => {
      const connectTwice = async (uid?: string) => {
        const ping = new Ping();
        for (const handler of [record.receiver('handler'), record.receiver('handler')]) {
          ping.connect(handler, uid === undefined ? {} : { uid });
        }
        record.line(`-- send ${uid === undefined ? 'no_uid' : 'with_uid'}`);
        return (await ping.send(null)).length;
      };
      return { no_uid: await connectTwice(), with_uid: await connectTwice('shop.handler') };
    },
  ),

  'dispatch.disconnect_return_value': match('disconnect says whether anything was connected so', async record => {
    const ping = new Ping();
    const [f, stranger] = [record.receiver('f'), record.receiver('stranger')];
    ping.connect(f);

    const [first, again, never] = [ping.disconnect(f), ping.disconnect(f), ping.disconnect(stranger)];
    return { first, again, never, after: await ping.send(null) };
  }),

  'dispatch.disconnect_by_uid': match('what has a uid is disconnected by it, and not by its function', async record => {
    const ping = new Ping();
    const f = record.receiver('f');
    ping.connect(f, { uid: 'mail' });

    const [byFunction, byUid] = [ping.disconnect(f), ping.disconnect({ uid: 'mail' })];
    return { by_function: byFunction, by_uid: byUid, left: (await ping.send(null)).length };
  }),

  'dispatch.disconnect_during_send': match(
    'who is disconnected while a send runs is called for the last time',
    async record => {
      const ping = new Ping();
      const late = record.receiver('late');
      ping.connect(record.receiver('first', () => ping.disconnect(late)));
      ping.connect(late);

      record.line('-- send 1');
      await ping.send(null);
      record.line('-- send 2');
      await ping.send(null);
    },
  ),

  'dispatch.receiver_decorator_many_signals': match(
    'one @OnSignal connects its method to each signal of a list, with the same options',
    connectManySignals,
  ),

  'dispatch.receiver_decorator_below_another_decorator': differ(
    'DECORATORS_MARK',
    'a decorator above @OnSignal is not bypassed',
    { calls: ['wrapper', 'mail'] },
    async () => {
      const calls: string[] = [];
      @Injectable()
      class Receipts {
        @wrapped(calls)
        @OnSignal(Ping)
        mail() {
          calls.push('mail');
        }
      }
      await using app = await startApp({ imports: [SignalsModule.forFeature([Ping])], providers: [Receipts] });

      await app.get(Ping).send(null);

      return { calls };
    },
  ),
};

async function connectManySignals(record: Recorder) {
  @Injectable()
  class Receivers {
    @OnSignal([Ping, Pong], { sender: Alpha })
    handler(_payload: object, message: Message) {
      record.call('handler', message);
    }
  }
  const imports = [SignalsModule.forFeature([Ping, Pong])];
  await using app = await startApp({ imports, providers: [Receivers] });
  const counts: Record<string, number> = {};
  for (const [name, signal] of Object.entries({ ping: app.get(Ping), pong: app.get(Pong) })) {
    const responses = [...(await signal.send(Alpha)), ...(await signal.send(Beta))];
    counts[name] = responses.length;
  }
  return { ...counts, callable_still: typeof app.get(Receivers).handler === 'function' };
}

function wrapped(calls: string[]) {
  return (_target: object, _key: string, descriptor: TypedPropertyDescriptor<() => void>) => {
    const method = descriptor.value!;
    descriptor.value = function (this: unknown) {
      calls.push('wrapper');
      return method.call(this);
    };
  };
}
