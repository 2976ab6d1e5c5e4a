import { Signal, SignalRegistry } from 'nestjs-signals';
import { REGISTRY } from '../../lib/core/index.js';
import { eventually } from '../support/eventually.js';
import { garbageCollector } from '../support/garbage.js';

class OrderPlaced extends Signal<{ total: number }> {}
abstract class StockSignal extends Signal {}
class StockLow extends StockSignal {}
class Web {}
class MobileWeb extends Web {}

function application() {
  const registry = new SignalRegistry();
  const signal = <S extends Signal<never>>(made: S): S => Object.assign(made, { [REGISTRY]: registry });
  return {
    registry,
    placed: signal(new OrderPlaced() as never) as OrderPlaced,
    low: signal(new StockLow() as never) as StockLow,
  };
}

describe('receivers', () => {
  it('lists who is connected, in the order in which they run, and where each is written', () => {
    const { registry, placed, low } = application();
    placed.connect(function mail() {}, { sender: Web });
    placed.connect(() => {}, { uid: 'stock', after: 'mail' });
    low.connect(() => {}, { uid: 'reorder' });

    expect(registry.receivers(OrderPlaced)).toEqual([
      {
        uid: 'mail',
        signal: OrderPlaced,
        senders: [Web],
        delivery: 'inline',
        order: 0,
        where: 'OrderPlaced.connect(mail)',
      },
      {
        uid: 'stock',
        signal: OrderPlaced,
        senders: [],
        delivery: 'inline',
        order: 1,
        where: 'OrderPlaced.connect(stock)',
      },
    ]);
    expect(registry.receivers().map(({ uid }) => uid)).toEqual(['mail', 'stock', 'reorder']);
    expect(registry.receivers(low)).toHaveLength(1);
  });
});

describe('explain', () => {
  it('says which receivers a send would call, and why or why not, and calls none', () => {
    const { registry, placed } = application();
    const calls: string[] = [];
    const receiver = () => calls.push('called');
    placed.connect(receiver, { uid: 'any' });
    placed.connect(receiver, { uid: 'web', sender: Web });
    placed.connect(receiver, { uid: 'web family', sender: Web, includeSubclasses: true });
    placed.connect(receiver, { uid: 'dear', when: ({ total }) => total > 100 });
    placed.connect(receiver, { uid: 'off' });
    registry.disable('off');

    expect(registry.explain(OrderPlaced, MobileWeb, { total: 1 })).toEqual([
      { receiver: 'any', runs: true, because: 'it asks for every sender' },
      { receiver: 'web', runs: false, because: 'it asks for Web itself, without subclasses' },
      { receiver: 'web family', runs: true, because: 'it asks for Web' },
      { receiver: 'dear', runs: false, because: 'its `when` said no' },
      { receiver: 'off', runs: false, because: 'it is disabled' },
    ]);
    expect(registry.explain(placed, 'phone')[1]).toEqual({ receiver: 'web', runs: false, because: 'it asks for Web' });
    expect(registry.explain(placed, 'phone')[3]).toMatchObject({ receiver: 'dear', runs: true });
    expect(calls).toEqual([]);
  });

  it('says of each connection of a receiver why it is not called', () => {
    const { registry, placed } = application();
    const mail = () => {};
    placed.connect(mail, { sender: Web });
    placed.connect(mail);
    placed.connect(mail, { sender: MobileWeb, includeSubclasses: true });
    registry.disable('mail');

    expect(registry.explain(placed, Web).map(({ because }) => because)).toEqual([
      'it is disabled',
      'it is disabled',
      'it asks for MobileWeb',
    ]);
  });
});

describe('mute', () => {
  it('silences everything that is sent within, and gives back what the function returns', async () => {
    const { registry, placed, low } = application();
    placed.connect(() => 'called');
    low.connect(() => 'called');

    const responses = await registry.mute('all', async () => [
      ...(await placed.send(null, { total: 1 })),
      ...(await low.send(null)),
      ...placed.sendSync(null, { total: 1 }),
    ]);

    expect(responses).toEqual([]);
    expect(await placed.send(null, { total: 1 })).toHaveLength(1);
  });

  it('silences a signal, the signals of an abstract one, a receiver by its uid, or a list of these', async () => {
    const { registry, placed, low } = application();
    placed.connect(() => {}, { uid: 'mail' });
    placed.connect(() => {}, { uid: 'stock' });
    low.connect(() => {}, { uid: 'reorder' });
    const calledUids = async () =>
      [...(await placed.send(null, { total: 1 })), ...(await low.send(null))].map(({ receiver }) => receiver);

    expect(await registry.mute(OrderPlaced, calledUids)).toEqual(['reorder']);
    expect(await registry.mute(StockSignal, calledUids)).toEqual(['mail', 'stock']);
    expect(await registry.mute('mail', calledUids)).toEqual(['stock', 'reorder']);
    expect(await registry.mute(['stock', StockLow], calledUids)).toEqual(['mail']);
    expect(await registry.mute('all', calledUids, { except: ['mail', StockLow] })).toEqual(['mail', 'reorder']);
  });

  it('adds up when it is nested, and ends with the function, also when that fails', async () => {
    const { registry, placed } = application();
    placed.connect(() => {}, { uid: 'mail' });
    placed.connect(() => {}, { uid: 'stock' });

    await registry.mute('mail', async () => {
      await expect(
        registry.mute('stock', async () => {
          expect(await placed.send(null, { total: 1 })).toEqual([]);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await placed.send(null, { total: 1 })).toMatchObject([{ receiver: 'stock' }]);
    });

    expect(await placed.send(null, { total: 1 })).toHaveLength(2);
  });

  it('holds for what the function starts and does not wait for, and for nothing else', async () => {
    const { registry, placed } = application();
    placed.connect(() => {});
    const later = Promise.withResolvers<void>();
    let sentLater: Promise<readonly unknown[]> | undefined;

    await registry.mute('all', () => {
      sentLater = later.promise.then(() => placed.send(null, { total: 1 }));
    });
    expect(await placed.send(null, { total: 1 })).toHaveLength(1);
    later.resolve();

    expect(await sentLater).toEqual([]);
  });

  it('is forgotten when nothing of it runs any more: sends are as quick as before', async () => {
    const collect = garbageCollector();
    const { registry, placed } = application();
    placed.connect(() => {});

    await registry.mute('all', async () => {});

    await eventually(() => {
      collect();
      return !registry.slowPath.isRequired;
    });
    expect(await placed.send(null, { total: 1 })).toHaveLength(1);
  });

  it('does not leak into what runs beside it', async () => {
    const { registry, placed } = application();
    placed.connect(() => {});
    let release = () => {};
    const gate = new Promise<void>(resolve => (release = resolve));
    const muted = registry.mute('all', async () => {
      await gate;
      return placed.send(null, { total: 1 });
    });

    const beside = await placed.send(null, { total: 1 });
    release();

    expect([beside.length, (await muted).length]).toEqual([1, 0]);
  });
});

describe('disable', () => {
  it('switches a receiver off everywhere, until it is enabled again', async () => {
    const { registry, placed } = application();
    placed.connect(() => {}, { uid: 'mail' });
    placed.connect(() => {}, { uid: 'stock' });

    registry.disable('mail');
    registry.disable('mail');
    expect(await placed.send(null, { total: 1 })).toMatchObject([{ receiver: 'stock' }]);
    registry.enable('mail');
    registry.enable('never disabled');

    expect(await placed.send(null, { total: 1 })).toHaveLength(2);
  });
});

describe('withContext', () => {
  it('gives its context to every message that is sent within, nested ones too', async () => {
    const { registry, placed, low } = application();
    const contexts: unknown[] = [];
    placed.connect(async (_payload, { context }) => {
      contexts.push(context);
      await Promise.resolve();
      await low.send(null);
    });
    low.connect((_payload, { context }) => contexts.push(context));

    await registry.withContext({ actor: 'cron' }, () => placed.send(null, { total: 1 }));
    await placed.send(null, { total: 1 });

    expect(contexts).toEqual([{ actor: 'cron' }, { actor: 'cron' }, {}, {}]);
    expect(Object.isFrozen(contexts[0])).toBe(true);
  });

  it('keeps two that run at the same time apart', async () => {
    const { registry, placed } = application();
    const contexts: string[] = [];
    placed.connect(async ({ total }, { context }) => {
      await new Promise(setImmediate);
      contexts.push(`${total} ${String(context.actor)}`);
    });

    await Promise.all(
      [1, 2, 3].map(total => registry.withContext({ actor: `user ${total}` }, () => placed.send(null, { total }))),
    );

    expect(contexts.sort()).toEqual(['1 user 1', '2 user 2', '3 user 3']);
  });
});
