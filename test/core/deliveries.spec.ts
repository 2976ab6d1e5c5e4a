import { jest } from '@jest/globals';
import { Inject, Injectable, Module } from '@nestjs/common';
import {
  afterCommit,
  afterRollback,
  beforeCommit,
  OnSignal,
  type PayloadOf,
  ReceiverFailed,
  Signal,
  SignalError,
  SignalRegistry,
} from 'nestjs-signals';
import { DELIVERY, type DeferringDelivery, observation, REGISTRY } from '../../lib/core/index.js';
import { startApp } from '../support/app.js';

class Placed extends Signal<{ name: string; lines?: unknown }> {}

function quiet(signal: Placed): SignalRegistry {
  const registry = new SignalRegistry();
  registry.log = { receiverFailed: () => {}, receiverSkipped: () => {} };
  signal[REGISTRY] = registry;
  return registry;
}

describe('Where there is no MikroORM', () => {
  it('beforeCommit and afterCommit receivers are called at once, in their place; afterRollback ones never', async () => {
    const placed = new Placed();
    const calls: string[] = [];
    for (const delivery of [afterCommit, afterRollback, beforeCommit]) {
      placed.connect(async () => calls.push(delivery.name), { delivery, uid: delivery.name });
    }
    placed.connect(() => calls.push('inline'));

    const responses = await placed.send(null, { name: 'one' });

    expect(calls).toEqual(['after-commit', 'before-commit', 'inline']);
    expect(responses.map(({ status }) => status)).toEqual(['deferred', 'deferred', 'fulfilled']);
  });

  it('the sender has the error of beforeCommit, and not that of afterCommit', async () => {
    const placed = new Placed();
    quiet(placed);
    const fail = () => Promise.reject(new Error('no'));
    using _after = placed.connect(fail, { delivery: afterCommit, uid: 'after' });
    await expect(placed.send(null, { name: 'one' })).resolves.toHaveLength(1);
    using _before = placed.connect(fail, { delivery: beforeCommit, uid: 'before' });
    await expect(placed.send(null, { name: 'one' })).rejects.toThrow('no');
  });

  it('a detached receiver is not waited for by the send, and is by the drain', async () => {
    const placed = new Placed();
    const registry = quiet(placed);
    const may = Promise.withResolvers<void>();
    const calls: string[] = [];
    placed.connect(
      async () => {
        await may.promise;
        calls.push('received');
      },
      { delivery: afterCommit({ detached: true }) },
    );
    await placed.send(null, { name: 'one' });
    const drained = registry.pendingSends.drain(1000);
    calls.push('sent');
    may.resolve();

    expect(await drained).toBe(true);
    expect(calls).toEqual(['sent', 'received']);
  });

  it('ReceiverFailed reports what could not be thrown to a caller', async () => {
    const failed: unknown[] = [];

    @Injectable()
    class Receivers {
      @OnSignal(Placed, { delivery: afterCommit })
      mail() {
        throw new Error('no mail');
      }

      @OnSignal(ReceiverFailed, { sender: Placed })
      report({ receiver, error, message }: PayloadOf<ReceiverFailed>) {
        failed.push(receiver, (error as Error).message, message.delivery);
      }
    }
    await using app = await startApp({ providers: [Placed, Receivers] });
    app.useLogger(false);
    await app.get(Placed).send(null, { name: 'one' });

    expect(failed).toEqual(['Receivers.mail', 'no mail', 'after-commit']);
  });
});

describe('The payload of what is received later', () => {
  it('is a copy, deep where data is plain, with what refers to itself and what is frozen', async () => {
    const placed = new Placed();
    const received: { lines?: unknown }[] = [];
    placed.connect(payload => received.push(payload), { delivery: beforeCommit });
    const itself: { list: unknown[]; self?: unknown; bare: object } = {
      list: Object.freeze([1, [2]]) as unknown[],
      bare: Object.assign(Object.create(null), { __proto__: null, key: 1 }) as object,
    };
    itself.self = itself;
    await placed.send(null, { name: 'one', lines: itself });

    const copy = received[0]!.lines as typeof itself;
    expect(copy).not.toBe(itself);
    expect(copy.self).toBe(copy);
    expect(copy.list).toEqual([1, [2]]);
    expect(copy.list).not.toBe(itself.list);
    expect(Object.isFrozen(copy.list)).toBe(true);
    expect(copy.bare).toEqual(itself.bare);
    expect(copy.bare).not.toBe(itself.bare);
  });

  it('keeps what is no plain data: class instances, functions and bytes', async () => {
    const placed = new Placed();
    const received: { lines?: unknown }[] = [];
    placed.connect(payload => received.push(payload), { delivery: beforeCommit });
    class Request {
      readonly headers = {};
    }
    const lines = [new Request(), () => 1, new Uint8Array([1]), new (class extends Map {})()];
    await placed.send(null, { name: 'one', lines });

    expect((received[0]!.lines as unknown[]).map((line, at) => line === lines[at])).toEqual([true, true, true, true]);
  });

  it('is shared by the receivers of a send that run later', async () => {
    const placed = new Placed();
    const received: unknown[] = [];
    for (const uid of ['a', 'b']) placed.connect(payload => received.push(payload), { delivery: beforeCommit, uid });
    await placed.send(null, { name: 'one' });

    expect(received[0]).toBe(received[1]);
  });
});

describe('A delivery', () => {
  const BACKEND = Symbol('backend');
  const store = jest.fn<NonNullable<DeferringDelivery['store']>>();
  const stored: DeferringDelivery = {
    [DELIVERY]: true,
    name: 'stored',
    moment: 'storing',
    needs: { backend: BACKEND, fix: 'say `forRoot({ store })`.' },
    check: (channel, record) => {
      if (record.terms.uid) return;
      throw new SignalError('UNKNOWN_OPTION', { what: 'It has no uid.', at: channel.name, fix: 'give it one.' });
    },
    atOnce: async message => void store([message], {} as never),
    store,
  };

  function withReceiver(uid: string | undefined) {
    @Injectable()
    class Receivers {
      @OnSignal(Placed, { delivery: stored, ...(uid !== undefined && { uid }) })
      receive() {}
    }
    return { providers: [Placed, Receivers] };
  }

  /** A module that offers the delivery as a room does. */
  @Module({})
  class Offering {
    constructor(@Inject(SignalRegistry) registry: SignalRegistry) {
      registry.backends.set(BACKEND, {});
    }
  }

  it('that nothing in the application offers is DELIVERY_NOT_AVAILABLE at start', async () => {
    await expect(startApp(withReceiver('x'))).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringMatching(/x receives Placed with the delivery 'stored'[^]*forRoot\({ store }\)/),
    });
  });

  it('is refused by a later connect(), too', async () => {
    await using app = await startApp({ providers: [Placed] });

    expect(() => app.get(Placed).connect(() => {}, { delivery: stored })).toThrow(
      expect.objectContaining({ code: 'DELIVERY_NOT_AVAILABLE' }),
    );
  });

  it('may refuse a connection that it could never serve', async () => {
    await expect(startApp({ imports: [Offering], ...withReceiver(undefined) })).rejects.toThrow('It has no uid.');
  });

  it('that is offered is given the message where no transaction can keep it', async () => {
    await using app = await startApp({ imports: [Offering], ...withReceiver('x') });

    expect(await app.get(Placed).send(null, { name: 'one' })).toEqual([
      { receiver: 'x', status: 'deferred', delivery: 'stored' },
    ]);
    expect(store).toHaveBeenCalledTimes(1);
  });
});

describe('What is received later', () => {
  it('is observed when it is received, with the send that caused it', async () => {
    const placed = new Placed();
    const inner = new Placed();
    const registry = quiet(placed);
    inner[REGISTRY] = registry;
    const seen: string[] = [];
    const causes: (string | undefined)[] = [];
    let id = '';
    placed.connect(
      async ({ name }, message) => {
        if (name === 'outer') await inner.send(null, { name: 'inner' });
        causes.push(message.causedBy);
        if (name === 'outer') ({ id } = message);
      },
      { delivery: beforeCommit, uid: 'later' },
    );
    const start = (message: unknown) => {
      const { receiver, delivery } = message as { receiver: string; delivery: string };
      seen.push(`${receiver} ${delivery}`);
    };
    const whole = () => {};
    observation.send.start.subscribe(whole);
    observation.receive.start.subscribe(start);
    await placed.send(null, { name: 'outer' });
    observation.send.start.unsubscribe(whole);
    observation.receive.start.unsubscribe(start);

    expect(seen).toEqual(['later before-commit', 'later before-commit']);
    expect(causes).toEqual([id, undefined]);
  });

  it('counts for the depth of sends: a cycle ends', async () => {
    const placed = new Placed();
    const registry = quiet(placed);
    registry.limitDepth(5);
    let calls = 0;
    placed.connect(
      async () => {
        calls++;
        await placed.send(null, { name: 'again' });
      },
      { delivery: beforeCommit },
    );

    await expect(placed.send(null, { name: 'first' })).rejects.toMatchObject({ code: 'RECURSION_LIMIT' });
    expect(calls).toBe(5);
  });

  it('is explained: afterRollback needs a transaction', () => {
    const placed = new Placed();
    const registry = quiet(placed);
    placed.connect(() => {}, { delivery: afterRollback, uid: 'x' });

    expect(registry.explain(placed, null)).toEqual([
      { receiver: 'x', runs: false, because: 'there is no transaction that could be rolled back' },
    ]);
  });

  it('is the only thing that can be coalesced', () => {
    const coalesce = () => 'key';

    expect(() => new Placed().connect(() => {}, { coalesce })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringMatching(/coalesce[^]*afterCommit/) }),
    );
    expect(new Placed().connect(() => {}, { coalesce, delivery: afterCommit }).connected).toBe(true);
  });
});
