import { Signal, SignalRegistry } from 'nestjs-signals';
import {
  observation,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  REGISTRY,
} from '../../lib/core/index.js';

class OrderPlaced extends Signal<{ total: number }> {}
class StockLow extends Signal {}

/** Two signals of one application. */
function application() {
  const registry = new SignalRegistry();
  const [placed, low] = [new OrderPlaced(), new StockLow()];
  placed[REGISTRY] = registry;
  low[REGISTRY] = registry;
  return { registry, placed, low };
}

/** Everything that observation says of sends until the end of the block. */
function watch() {
  const lines: string[] = [];
  const sends: ObservedSend[] = [];
  const note = (kind: string) => (message: object) => {
    const { receiver, because, signal, error } = message as ObservedReceiver &
      ObservedSkip &
      ObservedSend & { error?: Error };
    lines.push([kind, receiver ?? signal.constructor.name, because ?? error?.message].filter(Boolean).join(' '));
  };
  const send = {
    start: (message: object) => {
      sends.push(message as ObservedSend);
      note('send')(message);
    },
    end: () => {},
    asyncStart: () => {},
    asyncEnd: note('sent'),
    error: note('send failed'),
  };
  const receive = {
    start: note('receive'),
    end: () => {},
    asyncStart: () => {},
    asyncEnd: note('received'),
    error: note('failed'),
  };
  const skip = note('skip') as (message: unknown) => void;
  observation.send.subscribe(send);
  observation.receive.subscribe(receive);
  observation.skip.subscribe(skip);
  const stop = () => {
    observation.send.unsubscribe(send);
    observation.receive.unsubscribe(receive);
    observation.skip.unsubscribe(skip);
  };
  return { lines, sends, [Symbol.dispose]: stop };
}

describe('an observed send', () => {
  it('is reported as a whole, and receiver by receiver', async () => {
    const { placed } = application();
    placed.connect(() => {}, { uid: 'mail' });
    placed.connect(async () => {}, { uid: 'stock' });
    using watched = watch();

    await placed.send('web', { total: 1 });

    expect(watched.lines).toEqual([
      'send OrderPlaced',
      'receive mail',
      'received mail',
      'receive stock',
      'received stock',
      'sent OrderPlaced',
    ]);
    expect(watched.sends[0]).toMatchObject({ signal: placed, sender: 'web', payload: { total: 1 } });
  });

  it('reports what failed, and which receivers were skipped and why', async () => {
    const { registry, placed } = application();
    placed.connect(() => {}, { uid: 'dear', when: ({ total }) => total > 100 });
    placed.connect(() => {}, { uid: 'off' });
    placed.connect(
      () => {
        throw new Error('no mail');
      },
      { uid: 'mail' },
    );
    registry.disable('off');
    using watched = watch();

    await expect(placed.send(null, { total: 1 })).rejects.toThrow('no mail');

    expect(watched.lines).toEqual([
      'send OrderPlaced',
      'skip dear its `when` said no',
      'skip off it is disabled',
      'receive mail',
      'failed mail no mail',
      'received mail no mail',
      'send failed OrderPlaced no mail',
      'sent OrderPlaced no mail',
    ]);
  });

  it('knows the message that caused it', async () => {
    const { placed, low } = application();
    const ids: (string | undefined)[] = [];
    placed.connect(async (_payload, { id, causedBy }) => {
      ids.push(causedBy, id);
      await new Promise(setImmediate);
      await low.send(null);
    });
    low.connect((_payload, { causedBy }) => ids.push(causedBy));
    using watched = watch();

    await placed.send(null, { total: 1 });

    expect(ids).toEqual([undefined, watched.sends[0]!.id, watched.sends[0]!.id]);
    expect(watched.sends[1]).toMatchObject({ causedBy: watched.sends[0]!.id });
  });

  it('distinguishes the applications of a process', async () => {
    const [one, other] = [application(), application()];
    using watched = watch();

    await one.placed.send(null, { total: 1 });
    other.placed.sendSync(null, { total: 1 });

    expect(watched.sends.map(({ registry }) => registry)).toEqual([one.registry, other.registry]);
  });

  it('answers as one that is not observed', async () => {
    const { placed } = application();
    placed.connect(() => 1, { uid: 'one' });
    using _ = watch();

    expect(await placed.send(null, { total: 1 })).toEqual([{ receiver: 'one', status: 'fulfilled', value: 1 }]);
    expect(placed.sendSync(null, { total: 1 })).toEqual([{ receiver: 'one', status: 'fulfilled', value: 1 }]);
  });
});
