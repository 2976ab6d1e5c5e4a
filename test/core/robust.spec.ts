import { jest } from '@jest/globals';
import { type Connection, type Message, Signal } from 'nestjs-signals';

class Ping extends Signal<{ size: number }> {}

const broken = new Error('the size is odd');

function isEven({ size }: { size: number }): boolean {
  if (size % 2 === 1) throw broken;
  return true;
}

describe('A `when` that throws', () => {
  let ping: Ping;
  let called: string[];
  let log: jest.Spied<typeof console.error>;

  beforeEach(() => {
    ping = new Ping();
    called = [];
    log = jest.spyOn(console, 'error').mockReturnValue();
  });

  afterEach(() => jest.restoreAllMocks());

  function connect(uid: string, options: Parameters<Ping['connect']>[1] = {}): Connection {
    return ping.connect((_payload, { receiver }: Message) => called.push(receiver), { uid, ...options });
  }

  it('is the failure of its receiver for sendRobust, which calls the others in their order', async () => {
    connect('first');
    connect('asking', { when: isEven });
    connect('last');

    const responses = await ping.sendRobust(null, { size: 3 });

    expect(responses).toEqual([
      { receiver: 'first', status: 'fulfilled', value: 1 },
      { receiver: 'asking', status: 'rejected', reason: broken },
      { receiver: 'last', status: 'fulfilled', value: 2 },
    ]);
    expect(called).toEqual(['first', 'last']);
    expect(log.mock.calls).toEqual([['asking failed on Ping', broken]]);
  });

  it('refuses `send` and `sendSync` before anybody is called', async () => {
    connect('first');
    connect('asking', { when: isEven });

    await expect(ping.send(null, { size: 3 })).rejects.toBe(broken);
    expect(() => ping.sendSync(null, { size: 3 })).toThrow(broken);

    expect(called).toEqual([]);
  });

  it('does not use up a receiver that is connected for one message', async () => {
    connect('once', { when: isEven, once: true });

    await ping.sendRobust(null, { size: 3 });
    await ping.sendRobust(null, { size: 4 });
    await ping.sendRobust(null, { size: 4 });

    expect(called).toEqual(['once']);
  });
});
