import { jest } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { type Message, Signal, SignalRegistry } from 'nestjs-signals';
import { REGISTRY } from '../../lib/core/index.js';

class Ping extends Signal {}
class Pong extends Signal {}

/** Two signals of one application. */
function pingPong(maxDepth?: number) {
  const registry = new SignalRegistry();
  if (maxDepth !== undefined) registry.limitDepth(maxDepth);
  const [ping, pong] = [new Ping(), new Pong()];
  ping[REGISTRY] = registry;
  pong[REGISTRY] = registry;
  return { registry, ping, pong };
}

describe('timeoutMs', () => {
  it('fails a receiver that takes longer, and aborts its signal', async () => {
    const ping = new Ping();
    let signal: AbortSignal | undefined;
    ping.connect(
      async function slow(_payload, message) {
        signal = message.abortSignal;
        await wait(60_000, undefined, { signal, ref: false }).catch(() => {});
      },
      { timeoutMs: 5 },
    );

    const sending = ping.send(null);

    await expect(sending).rejects.toMatchObject({ code: 'RECEIVER_TIMED_OUT' });
    await expect(sending).rejects.toThrow(/slow took longer than 5 ms for Ping/);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: 'RECEIVER_TIMED_OUT' });
  });

  it('lets a receiver that is quick enough answer, and leaves its signal alone', async () => {
    const ping = new Ping();
    const messages: Message[] = [];
    ping.connect(
      async (_payload, message) => {
        messages.push(message);
        return 'in time';
      },
      { timeoutMs: 1000 },
    );

    expect(await ping.send(null)).toMatchObject([{ value: 'in time' }]);
    expect(messages[0]!.abortSignal.aborted).toBe(false);
  });

  it('takes the EntityManager away: what the receiver still does must not count', async () => {
    const ping = new Ping();
    let late: Message | undefined;
    ping.connect(
      async (_payload, message) => {
        late = message;
        await wait(60_000, undefined, { signal: message.abortSignal, ref: false }).catch(() => {});
      },
      { timeoutMs: 5 },
    );

    await expect(ping.send(null)).rejects.toThrow('took longer than 5 ms');

    expect(() => late!.em).toThrow(expect.objectContaining({ code: 'RECEIVER_TIMED_OUT' }));
    expect(late!.abortSignal.aborted).toBe(true);
  });

  it('logs the error of a receiver that fails after its time, and leaves no unhandled rejection behind', async () => {
    const log = jest.spyOn(console, 'error').mockReturnValue();
    const ping = new Ping();
    ping.connect(
      async (_payload, { abortSignal }) => {
        await wait(60_000, undefined, { signal: abortSignal, ref: false });
      },
      { timeoutMs: 5 },
    );

    await expect(ping.sendRobust(null)).resolves.toMatchObject([
      { status: 'rejected', reason: { code: 'RECEIVER_TIMED_OUT' } },
    ]);
    await new Promise(setImmediate);

    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });

  it('counts each receiver for itself', async () => {
    const ping = new Ping();
    ping.connect(() => wait(5), { timeoutMs: 1000 });
    ping.connect(() => wait(5), { timeoutMs: 1000 });

    expect(await ping.send(null)).toHaveLength(2);
  });

  it('has to be a number of milliseconds that a timer can wait', () => {
    for (const timeoutMs of [0, -1, Number.NaN, Infinity, 2 ** 31, '5' as never]) {
      expect(() => new Ping().connect(() => {}, { timeoutMs })).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_OPTION' }),
      );
    }
  });
});

describe('maxDepth', () => {
  it('stops synchronous recursion, and prints the cycle', () => {
    const { ping, pong } = pingPong(5);
    let calls = 0;
    ping.connect(() => {
      calls++;
      pong.sendSync(null);
    });
    pong.connect(() => {
      calls++;
      ping.sendSync(null);
    });

    expect(() => ping.sendSync(null)).toThrow(expect.objectContaining({ code: 'RECURSION_LIMIT' }));
    expect(() => ping.sendSync(null)).toThrow(/more than 5 deep: Ping > Pong > Ping > Pong > Ping > Pong\./);
    expect(calls).toBe(10);
  });

  it.each([
    ['at once', async () => {}],
    ['after a microtask', async () => Promise.resolve()],
    ['after a timer', async () => wait(1)],
  ])('stops recursion of receivers that send %s', async (_when, pause) => {
    const { ping } = pingPong(5);
    let calls = 0;
    ping.connect(async () => {
      calls++;
      await pause();
      await ping.send(null);
    });

    const sending = ping.send(null);

    await expect(sending).rejects.toMatchObject({ code: 'RECURSION_LIMIT' });
    await expect(sending).rejects.toThrow(/Ping > Ping > Ping > Ping > Ping > Ping\./);
    expect(calls).toBe(5);
  });

  it('stops recursion over several signals that send after an await', async () => {
    const { ping, pong } = pingPong(6);
    let calls = 0;
    ping.connect(async (_payload, _message) => {
      calls++;
      await wait(1);
      await pong.send(null);
    });
    pong.connect(async () => {
      calls++;
      await wait(1);
      await ping.send(null);
    });

    await expect(ping.send(null)).rejects.toThrow(/Ping > Pong > Ping > Pong > Ping > Pong > Ping\./);
    expect(calls).toBe(6);
  });

  it('stops recursion in sendRobust: the innermost send answers with the error', async () => {
    const { ping } = pingPong(3);
    const log = jest.spyOn(console, 'error').mockReturnValue();
    let calls = 0;
    ping.connect(async () => {
      calls++;
      await wait(1);
      await ping.sendRobust(null);
    });

    await ping.sendRobust(null);

    expect(calls).toBe(3);
    expect(log.mock.calls).toMatchObject([[expect.anything(), { code: 'RECURSION_LIMIT' }]]);
    log.mockRestore();
  });

  it('does not mistake a thousand concurrent sends for recursion', async () => {
    const { ping, pong } = pingPong(5);
    let calls = 0;
    ping.connect(async () => {
      await wait(1);
      await pong.send(null);
    });
    pong.connect(async () => {
      await wait(1);
      calls++;
    });

    await Promise.all(Array.from({ length: 1000 }, () => ping.send(null)));

    expect(calls).toBe(1000);
  });

  it('finds recursion among a thousand concurrent sends', async () => {
    const { ping, pong } = pingPong(8);
    let calls = 0;
    ping.connect(() => wait(1));
    pong.connect(async () => {
      calls++;
      await wait(1);
      await pong.send(null);
    });
    const others = Promise.all(Array.from({ length: 1000 }, () => ping.send(null)));

    await expect(pong.send(null)).rejects.toMatchObject({ code: 'RECURSION_LIMIT' });
    await others;

    expect(calls).toBe(8);
  });

  it('allows as many levels as it says', async () => {
    const { ping } = pingPong(5);
    let depth = 0;
    ping.connect(async () => {
      await wait(1);
      if (++depth < 5) await ping.send(null);
    });

    await ping.send(null);

    expect(depth).toBe(5);
  });

  it('is 32 by default, counts from new after a failure, and does not count what is not nested', async () => {
    const { ping, pong } = pingPong();
    pong.connect(() => {});
    ping.connect(async () => {
      for (let time = 0; time < 50; time++) await pong.send(null);
      throw new Error('fails');
    });

    for (let time = 0; time < 50; time++) await expect(ping.send(null)).rejects.toThrow('fails');
  });
});

describe('a send that failed', () => {
  it('has called no receiver behind the back of its caller', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(async () => Promise.reject(new Error('first')));
    ping.connect(async () => calls.push('second'));

    await expect(ping.send(null)).rejects.toThrow('first');
    await new Promise(setImmediate);

    expect(calls).toEqual([]);
  });
});
