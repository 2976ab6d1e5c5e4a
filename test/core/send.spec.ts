import { jest } from '@jest/globals';
import { type Message, Signal, SignalError } from 'nestjs-signals';

class OrderPlaced extends Signal<{ orderId: string; notes: string[] }> {}
class Ping extends Signal {}

const payload = () => ({ orderId: '7', notes: [] });

describe('send', () => {
  it('calls the receivers one after another in connection order, sync and async alike', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(async () => {
      calls.push('first starts');
      await Promise.resolve();
      calls.push('first ends');
    });
    ping.connect(() => calls.push('second'));
    ping.connect(async () => calls.push('third'));

    await ping.send(null);

    expect(calls).toEqual(['first starts', 'first ends', 'second', 'third']);
  });

  it('answers with one response per receiver, in call order', async () => {
    const ping = new Ping();
    ping.connect(function number() {
      return 1;
    });
    ping.connect(async function nothing() {});
    ping.connect(function list() {
      return [1, 2];
    });

    expect(await ping.send(null)).toEqual([
      { receiver: 'number', status: 'fulfilled', value: 1 },
      { receiver: 'nothing', status: 'fulfilled', value: undefined },
      { receiver: 'list', status: 'fulfilled', value: [1, 2] },
    ]);
  });

  it('answers with an empty list when no receiver is connected', async () => {
    expect(await new Ping().send(null)).toEqual([]);
  });

  it('gives every receiver the same payload object', async () => {
    const placed = new OrderPlaced();
    const seen: unknown[] = [];
    placed.connect(given => given.notes.push('touched'));
    placed.connect(given => seen.push(given, [...given.notes]));
    const given = payload();

    await placed.send(null, given);

    expect(seen).toEqual([given, ['touched']]);
    expect(seen[0]).toBe(given);
  });

  it('stops at the first error and passes it through untouched', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    const outOfStock = new RangeError('out of stock');
    ping.connect(() => calls.push('first'));
    ping.connect(() => {
      throw outOfStock;
    });
    ping.connect(() => calls.push('third'));

    await expect(ping.send(null)).rejects.toBe(outOfStock);
    expect(calls).toEqual(['first']);
  });

  it('stops at the first receiver that rejects', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(async () => Promise.reject(new Error('later')));
    ping.connect(() => calls.push('second'));

    await expect(ping.send(null)).rejects.toThrow('later');
    expect(calls).toEqual([]);
  });

  it('awaits what a receiver returns, whatever declares it', async () => {
    const ping = new Ping();
    ping.connect(() => Promise.resolve('from a plain function'));
    // oxlint-disable-next-line unicorn/no-thenable -- a query builder is one
    ping.connect(() => ({ then: (resolve: (value: string) => void) => resolve('from a thenable') }));

    const responses = await ping.send(null);

    expect(responses.map(response => response.status === 'fulfilled' && response.value)).toEqual([
      'from a plain function',
      'from a thenable',
    ]);
  });

  it('nests depth first: an inner send ends before the next receiver of the outer one', async () => {
    const [outer, inner] = [new Ping(), new OrderPlaced()];
    const calls: string[] = [];
    outer.connect(async () => {
      calls.push('outer 1');
      await inner.send(null, payload());
    });
    outer.connect(() => calls.push('outer 2'));
    inner.connect(async () => calls.push('inner'));

    await outer.send(null);

    expect(calls).toEqual(['outer 1', 'inner', 'outer 2']);
  });

  it('calls whom it found at the start: who connects meanwhile waits for the next send', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(function first() {
      calls.push('first');
      ping.connect(late);
    });
    function late() {
      calls.push('late');
    }

    await ping.send(null);
    calls.push('again');
    await ping.send(null);

    expect(calls).toEqual(['first', 'again', 'first', 'late']);
  });

  it('still calls a receiver that is disconnected meanwhile, for the last time', async () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(() => {
      calls.push('first');
      connection.disconnect();
    });
    const connection = ping.connect(() => calls.push('late'));

    await ping.send(null);
    calls.push('again');
    await ping.send(null);

    expect(calls).toEqual(['first', 'late', 'again', 'first']);
  });
});

describe('sendRobust', () => {
  it('calls every receiver and answers with what failed, in its place', async () => {
    const ping = new Ping();
    const log = jest.spyOn(console, 'error').mockReturnValue();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    ping.connect(function a() {
      throw thrown;
    });
    ping.connect(async function b() {
      throw rejected;
    });
    ping.connect(function c() {
      return 'fine';
    });

    expect(await ping.sendRobust(null)).toEqual([
      { receiver: 'a', status: 'rejected', reason: thrown },
      { receiver: 'b', status: 'rejected', reason: rejected },
      { receiver: 'c', status: 'fulfilled', value: 'fine' },
    ]);
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });

  it('keeps a value apart from an error: a receiver may return an Error', async () => {
    const ping = new Ping();
    const returned = new Error('a value');
    ping.connect(() => returned);

    expect(await ping.sendRobust(null)).toMatchObject([{ status: 'fulfilled', value: returned }]);
  });
});

describe('sendSync', () => {
  it('has called every receiver when it returns', () => {
    const ping = new Ping();
    ping.connect(function one() {
      return 1;
    });

    expect(ping.sendSync(null)).toEqual([{ receiver: 'one', status: 'fulfilled', value: 1 }]);
  });

  it('throws what a receiver throws', () => {
    const ping = new Ping();
    const error = new Error('no');
    ping.connect(() => {
      throw error;
    });

    expect(() => ping.sendSync(null)).toThrow(error);
  });

  it('refuses an async receiver before it calls any', () => {
    const ping = new Ping();
    const calls: string[] = [];
    ping.connect(() => calls.push('sync'));
    ping.connect(async function mail() {
      calls.push('async');
    });

    expect(() => ping.sendSync(null)).toThrow(expect.objectContaining({ code: 'RECEIVER_IS_ASYNC' }));
    expect(() => ping.sendSync(null)).toThrow(/mail/);
    expect(calls).toEqual([]);
  });

  it('refuses a promise that a plain function returns, and leaves no unhandled rejection behind', async () => {
    const ping = new Ping();
    const log = jest.spyOn(console, 'error').mockReturnValue();
    ping.connect(() => Promise.reject(new Error('it is not awaited')));

    expect(() => ping.sendSync(null)).toThrow(SignalError);
    await new Promise(setImmediate);

    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
  });
});

describe('the message', () => {
  it('gives a receiver the signal that was sent, its sender, and the uid under which it receives', async () => {
    const placed = new OrderPlaced();
    const messages: Message[] = [];
    placed.connect((_payload, message) => messages.push(message), { uid: 'shop.log' });
    const sender = { name: 'orders' };

    await placed.send(sender, payload());

    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ signal: placed, sender, receiver: 'shop.log', delivery: 'inline' });
  });

  it('has one id per send, the same for every receiver', async () => {
    const ping = new Ping();
    const ids: string[] = [];
    ping.connect((_payload, { id }) => ids.push(id));
    ping.connect(async (_payload, { id }) => ids.push(id));

    await ping.send(null);
    await ping.send(null);

    expect(ids[0]).toMatch(/^[\da-f-]{36}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('is not made for a receiver that declares exactly one parameter', async () => {
    const ping = new Ping();
    const received: number[] = [];
    ping.connect(function one(_payload) {
      received.push(arguments.length);
    });
    ping.connect(function rest(...everything) {
      received.push(everything.length);
    });
    ping.connect(function two(_payload, _message) {
      received.push(arguments.length);
    });

    await ping.send(null);

    expect(received).toEqual([1, 2, 2]);
  });
});
