import { Signal } from 'nestjs-signals';

class Ping extends Signal {}

/** Connects receivers that return their uid, and sends: the order in which they answered. */
async function orderOf(
  ...receivers: [uid: string, options?: { before?: string | string[]; after?: string | string[] }][]
) {
  const ping = new Ping();
  for (const [uid, options] of receivers) ping.connect(() => uid, { uid, ...options });
  return (await ping.send(null)).map(({ receiver }) => receiver);
}

describe('before and after', () => {
  it('move the receiver that asks, and keep the order of the others', async () => {
    expect(await orderOf(['a'], ['b'], ['c', { before: 'a' }])).toEqual(['c', 'a', 'b']);
    expect(await orderOf(['a'], ['b'], ['c', { before: 'b' }])).toEqual(['a', 'c', 'b']);
    expect(await orderOf(['a', { after: 'c' }], ['b'], ['c'])).toEqual(['b', 'c', 'a']);
    expect(await orderOf(['a', { after: 'b' }], ['b'], ['c'])).toEqual(['b', 'a', 'c']);
  });

  it('change nothing where the order of connection agrees', async () => {
    expect(await orderOf(['a', { before: 'c' }], ['b'], ['c', { after: ['a', 'b'] }])).toEqual(['a', 'b', 'c']);
  });

  it('take lists, and chains of receivers that ask for each other', async () => {
    expect(await orderOf(['a'], ['b'], ['c', { before: 'a' }], ['d', { before: 'c' }])).toEqual(['d', 'c', 'a', 'b']);
    expect(await orderOf(['d', { before: 'c' }], ['a'], ['b'], ['c', { before: ['b', 'a'] }])).toEqual([
      'd',
      'c',
      'a',
      'b',
    ]);
    expect(await orderOf(['a', { after: ['b', 'c'] }], ['b', { after: 'c' }], ['c'])).toEqual(['c', 'b', 'a']);
  });

  it('keep two that ask for the same place in their own order', async () => {
    expect(await orderOf(['a'], ['b', { before: 'a' }], ['c', { before: 'a' }])).toEqual(['b', 'c', 'a']);
  });

  it('hold for sync and async receivers alike, and for receivers of one sender only', async () => {
    const ping = new Ping();
    ping.connect(async () => {}, { uid: 'slow' });
    ping.connect(() => {}, { uid: 'quick', before: 'slow' });
    ping.connect(() => {}, { uid: 'other', sender: 'web', before: 'quick' });

    expect((await ping.send('web')).map(({ receiver }) => receiver)).toEqual(['other', 'quick', 'slow']);
    expect((await ping.send('phone')).map(({ receiver }) => receiver)).toEqual(['quick', 'slow']);
  });

  it('give a receiver that is connected later its place', async () => {
    const ping = new Ping();
    ping.connect(() => {}, { uid: 'stock' });
    await ping.send(null);
    ping.connect(() => {}, { uid: 'check', before: 'stock' });

    expect((await ping.send(null)).map(({ receiver }) => receiver)).toEqual(['check', 'stock']);
  });

  it('refuse a uid that no receiver has, at the next send, and name those there are', async () => {
    const ping = new Ping();
    ping.connect(() => {}, { uid: 'stock' });
    ping.connect(() => {}, { uid: 'check', before: 'stok' });

    await expect(ping.send(null)).rejects.toMatchObject({ code: 'RECEIVER_ORDER_UNKNOWN' });
    await expect(ping.send(null)).rejects.toThrow(/check asks to run before 'stok'[^]*use one of stock, or 'stok\?'/);
  });

  it('accept a uid that may be absent, and one that was connected once', async () => {
    const ping = new Ping();
    const stock = ping.connect(() => {}, { uid: 'stock' });
    ping.connect(() => {}, { uid: 'check', before: 'stock', after: 'audit?' });
    stock.disconnect();

    expect((await ping.send(null)).map(({ receiver }) => receiver)).toEqual(['check']);
    ping.connect(() => {}, { uid: 'audit' });
    expect((await ping.send(null)).map(({ receiver }) => receiver)).toEqual(['audit', 'check']);
  });

  it('know a uid that is gone as long as a receiver that names it is there, and the last thousand others', async () => {
    const ping = new Ping();
    const comeAndGo = (uid: string) => ping.connect(() => {}, { uid }).disconnect();
    comeAndGo('stock');
    comeAndGo('price');
    const check = ping.connect(() => {}, { uid: 'check', before: 'stock' });
    for (let at = 0; at < 1100; at++) comeAndGo(`visitor ${at}`);

    expect(await ping.send(null)).toHaveLength(1);
    ping.connect(() => {}, { uid: 'late', before: 'price' });
    await expect(ping.send(null)).rejects.toMatchObject({ code: 'RECEIVER_ORDER_UNKNOWN' });
    expect(check.connected).toBe(true);
  });

  it('refuse a cycle, and print it', async () => {
    const ping = new Ping();
    ping.connect(() => {}, { uid: 'a', before: 'b' });
    ping.connect(() => {}, { uid: 'b', before: 'c' });
    ping.connect(() => {}, { uid: 'c', before: 'a' });

    await expect(ping.send(null)).rejects.toMatchObject({ code: 'RECEIVER_ORDER_CYCLE' });
    await expect(ping.send(null)).rejects.toThrow(
      /(a before b before c before a|b before c before a before b|c before a before b before c)/,
    );
    expect(() => ping.sendSync(null)).toThrow(/wait for each other/);
  });

  it('refuse a receiver that names itself', async () => {
    await expect(orderOf(['a', { after: 'a' }])).rejects.toThrow(/a before a/);
  });
});
