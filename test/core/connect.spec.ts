import { SignalError } from 'nestjs-signals';
import { Ping, Alpha, SubAlpha, Beta, recorder } from './pings.js';

describe('the sender of a connection', () => {
  it('matches the very same object, class or string', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const instance = new Alpha();
    ping.connect(receiver('class'), { sender: Beta });
    ping.connect(receiver('instance'), { sender: instance });
    ping.connect(receiver('string'), { sender: 'order.placed' });

    await ping.send(Beta);
    await ping.send(instance);
    await ping.send('order.placed');
    await ping.send(new Alpha());
    await ping.send('order.cancelled');

    expect(calls).toEqual(['class', 'instance', 'string']);
  });

  it('is not asked for by default: the receiver is called for every sender, and for none', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('any'));
    ping.connect(receiver('alpha'), { sender: Alpha });

    await ping.send(null);
    await ping.send(undefined);
    await ping.send(new Beta());

    expect(calls).toEqual(['any', 'any', 'any']);
  });

  it('matches the direct instances of a class, and no subclass', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('alpha'), { sender: Alpha });

    await ping.send(new Alpha());
    await ping.send(SubAlpha);
    await ping.send(new SubAlpha());

    expect(calls).toEqual(['alpha']);
  });

  it('matches subclasses and their instances when asked to, abstract bases too', async () => {
    abstract class Base {}
    class Concrete extends Base {}
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('alpha'), { sender: Alpha, includeSubclasses: true });
    ping.connect(receiver('base'), { sender: Base, includeSubclasses: true });

    await ping.send(SubAlpha);
    await ping.send(new SubAlpha());
    await ping.send(new Concrete());
    await ping.send(new Beta());

    expect(calls).toEqual(['alpha', 'alpha', 'base']);
  });

  it('may be a list, of which any matches, and the receiver is called once', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const alpha = new Alpha();
    ping.connect(receiver('both'), { sender: [Alpha, alpha, Beta] });

    await ping.send(alpha);
    await ping.send(Beta);
    await ping.send('other');

    expect(calls).toEqual(['both', 'both']);
  });

  it('is not looked for in what is no class', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const arrow = () => {};
    ping.connect(receiver('arrow'), { sender: arrow, includeSubclasses: true });

    await ping.send(Alpha);
    await ping.send(arrow);

    expect(calls).toEqual(['arrow']);
  });

  it('counts 0 and -0 as one', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('zero'), { sender: 0 });

    for (const zero of [-0, 0]) await ping.send(zero);

    expect(calls).toEqual(['zero', 'zero']);
  });

  it('keeps the order of connection across filters', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('1'), { sender: Alpha });
    ping.connect(receiver('2'));
    ping.connect(receiver('3'), { sender: Alpha });

    await ping.send(Alpha);

    expect(calls).toEqual(['1', '2', '3']);
  });
});

describe('connect', () => {
  it('keeps the first of two functions with one uid', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('first'), { uid: 'mail' });
    ping.connect(receiver('second'), { uid: 'mail' });

    await ping.send(null);

    expect(calls).toEqual(['first']);
  });

  it('connects the same function for the same sender once', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const mail = receiver('mail');
    ping.connect(mail);
    ping.connect(mail);
    ping.connect(mail, { sender: Beta });
    ping.connect(mail, { sender: [Alpha, Beta] });

    await ping.send(null);
    await ping.send(Beta);
    await ping.send(Alpha);

    expect(calls).toEqual(['mail', 'mail', 'mail']);
  });

  it('distinguishes two functions that only share a name', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('mail'));
    ping.connect(receiver('mail'));

    await ping.send(null);

    expect(calls).toEqual(['mail', 'mail']);
  });

  it('is seen by a sender that has sent before', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    ping.connect(receiver('early'), { sender: Alpha });
    await ping.send(Alpha);

    ping.connect(receiver('late'), { sender: Alpha });
    await ping.send(Alpha);

    expect(calls).toEqual(['early', 'early', 'late']);
  });

  it('refuses an empty list of senders: the receiver would never be called', () => {
    expect(() => new Ping().connect(() => {}, { sender: [] })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringContaining('empty list') }),
    );
  });

  it('refuses what cannot be called', () => {
    const connect = () => new Ping().connect({ handle: () => {} } as never);

    expect(connect).toThrow(expect.objectContaining({ code: 'NOT_A_RECEIVER' }));
    expect(connect).toThrow(SignalError);
  });

  it('refuses an option that it does not know, and names those that it does', () => {
    const connect = () => new Ping().connect(() => {}, { sendr: Alpha } as never);

    expect(connect).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(connect).toThrow(/'sendr'[^]*Ping[^]*sender, includeSubclasses, uid/);
  });

  it('refuses fields for a signal that does not say what changed', () => {
    const connect = () => new Ping().connect(() => {}, { fields: ['name'] } as never);

    expect(connect).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });
});

describe('a connection', () => {
  it('ends once', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const connection = ping.connect(receiver('mail'), { uid: 'receipts.mail' });

    expect(connection).toMatchObject({ uid: 'receipts.mail', connected: true });
    expect(connection.disconnect()).toBe(true);
    expect(connection.disconnect()).toBe(false);
    expect(connection.connected).toBe(false);
    await ping.send(null);

    expect(calls).toEqual([]);
  });

  it('ends with the block that uses it', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    {
      using _ = ping.connect(receiver('mail'));
      await ping.send(null);
    }
    await ping.send(null);

    expect(calls).toEqual(['mail']);
  });

  it('goes to the end when it is connected again', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const first = receiver('first');
    const connection = ping.connect(first);
    ping.connect(receiver('second'));
    connection.disconnect();
    ping.connect(first);

    await ping.send(null);

    expect(calls).toEqual(['second', 'first']);
  });
});
