import { startApp } from '../support/app.js';
import { Ping, Alpha, Beta, recorder } from './pings.js';

describe('disconnect', () => {
  it('says whether something was connected so', () => {
    const ping = new Ping();
    const mail = () => {};
    ping.connect(mail);

    expect([ping.disconnect(mail), ping.disconnect(mail), ping.disconnect(() => {})]).toEqual([true, false, false]);
  });

  it('takes the uid of a receiver that has one, and not the function', () => {
    const ping = new Ping();
    const mail = () => {};
    ping.connect(mail, { uid: 'receipts.mail' });

    expect(ping.disconnect(mail)).toBe(false);
    expect(ping.disconnect({ uid: 'receipts.mail' })).toBe(true);
    expect(ping.hasReceivers()).toBe(false);
  });

  it('needs the sender that the receiver was connected for', () => {
    const ping = new Ping();
    const mail = () => {};
    ping.connect(mail, { sender: Alpha });

    expect([ping.disconnect(mail), ping.disconnect(mail, { sender: Beta })]).toEqual([false, false]);
    expect(ping.disconnect(mail, { sender: Alpha })).toBe(true);
  });

  it('takes one sender out of a list, and leaves the receiver in its place', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const first = receiver('first');
    ping.connect(first, { sender: [Alpha, Beta] });
    ping.connect(receiver('second'));

    expect(ping.disconnect(first, { sender: Alpha })).toBe(true);
    await ping.send(Alpha);
    await ping.send(Beta);

    expect(calls).toEqual(['second', 'first', 'second']);
  });
});

describe('disconnect with a list of senders', () => {
  it('ends the connection for each of them', async () => {
    const { calls, receiver } = recorder();
    const ping = new Ping();
    const called = receiver('called');
    ping.connect(called, { sender: ['a', 'b', 'c'] });

    expect(ping.disconnect(called, { sender: ['a', 'b', 'x'] })).toBe(true);
    expect(ping.disconnect(called, { sender: ['a', 'b'] })).toBe(false);
    for (const sender of ['a', 'b', 'c']) await ping.send(sender);

    expect(calls).toEqual(['called']);
  });
});

describe('hasReceivers', () => {
  it('is asked for a sender', () => {
    const ping = new Ping();
    expect(ping.hasReceivers(Alpha)).toBe(false);

    ping.connect(() => {}, { sender: Alpha });
    expect([ping.hasReceivers(Alpha), ping.hasReceivers(new Alpha()), ping.hasReceivers(Beta)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('counts only receivers of every sender when it is asked for none', () => {
    const ping = new Ping();
    ping.connect(() => {}, { sender: Alpha });
    expect(ping.hasReceivers()).toBe(false);

    ping.connect(() => {});
    expect([ping.hasReceivers(), ping.hasReceivers(Beta)]).toEqual([true, true]);
  });
});

describe('a signal outside an application', () => {
  it('has receivers of its own: none, until somebody connects one', async () => {
    const [one, other] = [new Ping(), new Ping()];
    one.connect(() => 'called');

    expect(await other.send(null)).toEqual([]);
    expect(await one.send(null)).toHaveLength(1);
  });
});

describe('what was connected before the signal came to an application', () => {
  it.each<[string, (connection: Disposable & { disconnect(): boolean }, controller: AbortController) => unknown]>([
    ['disconnect()', connection => connection.disconnect()],
    ['`until`', (_connection, controller) => controller.abort()],
    ['the end of its block', connection => connection[Symbol.dispose]()],
  ])('is called there, and ended by %s', async (_way, end) => {
    const ping = new Ping();
    const controller = new AbortController();
    const connection = ping.connect(() => 'called', { until: controller.signal });
    await using app = await startApp({ providers: [{ provide: Ping, useValue: ping }] });
    expect(app.get(Ping)).toBe(ping);
    expect([connection.connected, await ping.send(null)]).toMatchObject([true, [{ value: 'called' }]]);

    end(connection, controller);

    expect([connection.connected, await ping.send(null)]).toEqual([false, []]);
  });

  it('stays there: another application that is given the same object is refused', async () => {
    const ping = new Ping();
    const providers = [{ provide: Ping, useValue: ping }];
    await using first = await startApp({ providers });
    first.get(Ping).connect(() => 'first');

    await expect(startApp({ providers })).rejects.toMatchObject({ code: 'SIGNAL_OF_ANOTHER_APPLICATION' });

    expect(await ping.send(null)).toMatchObject([{ value: 'first' }]);
  });
});
