import { getEventListeners } from 'node:events';
import { type Message, payloadIs, Signal, SignalsModule } from 'nestjs-signals';
import { startApp } from '../support/app.js';

class OrderPlaced extends Signal<{ total: number }> {}
class OrderCancelled extends Signal<{ reason: string }> {}
class Ping extends Signal {}

describe('when', () => {
  it('is asked with the payload and the message, and skips a receiver', async () => {
    const placed = new OrderPlaced();
    const asked: unknown[] = [];
    placed.connect(function dear() {}, {
      when: ({ total }, { sender, receiver }) => {
        asked.push([total, sender, receiver]);
        return total > 100;
      },
    });

    expect(await placed.send('web', { total: 99 })).toEqual([]);
    expect(await placed.send('web', { total: 101 })).toHaveLength(1);
    expect(asked).toEqual([
      [99, 'web', 'dear'],
      [101, 'web', 'dear'],
    ]);
  });

  it('leaves the message to another connection of the same receiver', async () => {
    const ping = new Ping();
    const receiver = () => 'called';
    ping.connect(receiver, { sender: 'web', when: () => false });
    ping.connect(receiver);

    expect(await ping.send('web')).toHaveLength(1);
  });

  it('is asked once per send, before any receiver is called', async () => {
    const placed = new OrderPlaced();
    const order: string[] = [];
    placed.connect(payload => {
      order.push('first');
      payload.total = 0;
    });
    placed.connect(() => order.push('second'), { when: ({ total }) => order.push('asked') > 0 && total > 0 });

    await placed.send(null, { total: 1 });

    expect(order).toEqual(['asked', 'first', 'second']);
  });

  it('stops the send with its own error, before any receiver is called', async () => {
    const placed = new OrderPlaced();
    const calls: string[] = [];
    placed.connect(() => calls.push('called'));
    placed.connect(() => {}, {
      when: () => {
        throw new Error('cannot say');
      },
    });

    await expect(placed.send(null, { total: 1 })).rejects.toThrow('cannot say');
    expect(calls).toEqual([]);
  });
});

describe('once', () => {
  it('receives one message, and is disconnected before it is called', async () => {
    const placed = new OrderPlaced();
    const calls: number[] = [];
    const connection = placed.connect(
      async ({ total }) => {
        calls.push(total);
        if (total === 1) await placed.send(null, { total: 2 });
      },
      { once: true },
    );

    await placed.send(null, { total: 1 });
    await placed.send(null, { total: 3 });

    expect(calls).toEqual([1]);
    expect(connection.connected).toBe(false);
  });

  it('receives one of many concurrent messages', async () => {
    const placed = new OrderPlaced();
    const calls: number[] = [];
    placed.connect(async ({ total }) => calls.push(total), { once: true });

    await Promise.all([1, 2, 3].map(total => placed.send(null, { total })));

    expect(calls).toEqual([1]);
  });

  it('ends the connection when a signal that extends its own was received', async () => {
    class LoudPing extends Ping {}
    await using app = await startApp({ imports: [SignalsModule.forFeature([Ping, LoudPing])] });
    const [ping, loud] = [app.get(Ping), app.get(LoudPing)];
    const connection = ping.connect(() => 'called', { once: true, uid: 'x' });

    await loud.send(null);

    expect([connection.connected, ping.hasReceivers(), loud.hasReceivers()]).toEqual([false, false, false]);
    ping.connect(() => 'called', { uid: 'x' });
    expect(await ping.send(null)).toHaveLength(1);
  });

  it('is not used up by a synchronous send that is refused', () => {
    const ping = new Ping();
    const connection = ping.connect(async () => {}, { once: true });

    expect(() => ping.sendSync(null)).toThrow(expect.objectContaining({ code: 'RECEIVER_IS_ASYNC' }));
    expect(connection.connected).toBe(true);
  });

  it('is not used up by a message that its other filters refuse', async () => {
    const placed = new OrderPlaced();
    const calls: number[] = [];
    placed.connect(({ total }) => calls.push(total), { once: true, when: ({ total }) => total > 1 });

    await placed.send(null, { total: 1 });
    await placed.send(null, { total: 2 });
    await placed.send(null, { total: 3 });

    expect(calls).toEqual([2]);
  });
});

describe('until', () => {
  it('disconnects when it aborts', async () => {
    const placed = new OrderPlaced();
    const controller = new AbortController();
    placed.connect(() => {}, { until: controller.signal });
    expect(placed.hasReceivers()).toBe(true);

    controller.abort();

    expect(placed.hasReceivers()).toBe(false);
  });

  it('is let go of when the connection ends, in whichever way, and listened to once', async () => {
    const placed = new OrderPlaced();
    const { signal } = new AbortController();
    const listening = () => getEventListeners(signal, 'abort').length;
    const connection = placed.connect(() => {}, { uid: 'a', until: signal });
    placed.connect(() => {}, { uid: 'a', until: signal });
    placed.connect(() => {}, { uid: 'b', until: signal });
    placed.connect(() => {}, { uid: 'c', until: signal, once: true });
    {
      using _ = placed.connect(() => {}, { uid: 'd', until: signal });
      expect(listening()).toBe(4);
    }
    expect(listening()).toBe(3);

    connection.disconnect();
    placed.disconnect({ uid: 'b' });
    await placed.send(null, { total: 1 });

    expect(listening()).toBe(0);
  });

  it('connects nothing when it has aborted already', () => {
    const placed = new OrderPlaced();
    const connection = placed.connect(() => {}, { until: AbortSignal.abort() });

    expect([connection.connected, placed.hasReceivers()]).toEqual([false, false]);
  });
});

describe('payloadIs', () => {
  it('narrows the payload of a receiver of several signals', async () => {
    const [placed, cancelled] = [new OrderPlaced(), new OrderCancelled()];
    const seen: unknown[] = [];
    const receive = (payload: { total: number } | { reason: string }, message: Message) => {
      seen.push(payloadIs(OrderPlaced, payload, message) ? payload.total : `not placed`);
    };
    placed.connect(receive);
    cancelled.connect(receive);

    await placed.send(null, { total: 3 });
    await cancelled.send(null, { reason: 'late' });

    expect(seen).toEqual([3, 'not placed']);
  });
});
