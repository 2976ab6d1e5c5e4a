import type { EntityManager } from '@mikro-orm/core';
import { jest } from '@jest/globals';
import { type ConnectOptions, type Delivery, type Message, Signal, SignalRegistry } from 'nestjs-signals';

/** The signal that the contract sends. */
export class LineWritten extends Signal<{
  text: string;
  lines: string[];
  at?: Date;
  more?: Map<string, Set<number>>;
}> {}

class Shop {}

/** A delivery, and how a message that is sent with it comes to be delivered. */
interface Tested {
  readonly delivery: Delivery;
  /** Does the work in a transaction, and ends it so that what was sent is delivered before it resolves. */
  readonly carryOut: (work: (em: EntityManager) => Promise<unknown>) => Promise<unknown>;
  /** Returns a provider of the application; `LineWritten` is one of them. */
  readonly get: <T>(token: abstract new (...args: never[]) => T) => T;
}

/** A delivery whose messages leave the process: receivers have uids, and each has an order of its own. */
interface Kind {
  readonly isStored?: boolean;
}

type Receive = (payload: { text: string; lines: string[] }, message: Message) => unknown;

/** Defines the tests that every delivery must pass, whenever it runs its receivers. */
export function testDelivery(name: string, start: () => Tested, { isStored = false }: Kind = {}): void {
  const isInline = name === 'inline';

  async function sendAll(
    texts: readonly string[],
    connect: (written: LineWritten, delivery: Delivery) => void,
  ): Promise<void> {
    const { delivery, carryOut, get } = start();
    const written = get(LineWritten);
    connect(written, delivery);
    await carryOut(async em => {
      // A worker finds classes that Nest has made.
      for (const text of texts) await written.send(isStored ? LineWritten : Shop, { text, lines: [] }, { em });
    });
  }

  /** Connects until the end of the test. */
  function connected(written: LineWritten, receive: Receive, options: ConnectOptions): void {
    const named: ConnectOptions = isStored ? { uid: `contract-${connections.length}`, ...options } : options;
    connections.push(written.connect(receive, named));
  }
  const connections: Disposable[] = [];
  afterEach(() => connections.splice(0).forEach(connection => connection[Symbol.dispose]()));

  describe(`The delivery ${name}`, () => {
    it('gives the receiver the payload, and a message that says how it is delivered', async () => {
      const received = jest.fn<Receive>();
      await sendAll(['one'], (written, delivery) =>
        connected(written, (payload, message) => received(payload, message), { delivery, uid: 'x' }),
      );

      expect(received).toHaveBeenCalledTimes(1);
      const [payload, message] = received.mock.calls[0]!;
      expect(payload).toEqual({ text: 'one', lines: [] });
      expect({ delivery: message.delivery, receiver: message.receiver, attempt: message.attempt }).toEqual({
        delivery: name,
        receiver: 'x',
        attempt: 1,
      });
      expect(message.sender).toBe(isStored ? LineWritten : Shop);
      expect(message.signal).toBe(start().get(LineWritten));
    });

    it('is named in the response, and has the same message id for all receivers of a send', async () => {
      const { delivery, carryOut, get } = start();
      const ids: string[] = [];
      for (const uid of ['a', 'b']) {
        connected(get(LineWritten), (_payload, { id }) => void ids.push(id), { delivery, uid });
      }
      let responses: unknown;
      await carryOut(async em => (responses = await get(LineWritten).send(Shop, { text: 'one', lines: [] }, { em })));

      const answer = isInline ? { status: 'fulfilled', value: undefined } : { status: 'deferred', delivery: name };
      expect(responses).toEqual(['a', 'b'].map(receiver => ({ receiver, ...answer })));
      expect(ids).toHaveLength(2);
      expect(new Set(ids).size).toBe(1);
    });

    it('keeps the order of sends and receivers, and that which they ask for', async () => {
      const calls: string[] = [];
      await sendAll(['1', '2'], (written, delivery) => {
        connected(written, ({ text }) => calls.push(`c${text}`), { delivery, uid: 'c' });
        connected(written, async ({ text }) => calls.push(`b${text}`), { delivery, uid: 'b' });
        connected(written, ({ text }) => calls.push(`a${text}`), { delivery, uid: 'a', before: 'c' });
      });

      for (const uid of ['a', 'b', 'c']) {
        expect(calls.filter(call => call.startsWith(uid))).toEqual([`${uid}1`, `${uid}2`]);
      }
      // What is stored has an order for each receiver, and none among receivers.
      const inOrder = ['a1', 'c1', 'b1', 'a2', 'c2', 'b2'];
      expect(isStored ? calls.toSorted() : calls).toEqual(isStored ? inOrder.toSorted() : inOrder);
    });

    it('decides when the message is sent: by `when`, by muting, by disabling and by what is connected', async () => {
      const { delivery, carryOut, get } = start();
      const [written, registry] = [get(LineWritten), get(SignalRegistry)];
      const calls: string[] = [];
      connected(written, ({ text }) => calls.push(text), {
        delivery,
        uid: 'x',
        when: ({ text }: { text: string }) => text !== 'unwanted',
      });
      await carryOut(async em => {
        const send = (text: string) => written.send(Shop, { text, lines: [] }, { em });
        await send('unwanted');
        await registry.mute(LineWritten, () => send('muted'));
        registry.disable('x');
        await send('disabled');
        registry.enable('x');
        await send('connected');
        if (isStored) return;
        written.disconnect({ uid: 'x' });
        await send('gone');
      });

      expect(calls).toEqual(['connected']);
    });

    if (!isStored) testOnce();
    function testOnce(): void {
      it('calls a receiver that is connected for one message once', async () => {
        const calls: string[] = [];
        await sendAll(['1', '2'], (written, delivery) =>
          connected(written, ({ text }) => calls.push(text), { delivery, once: true }),
        );

        expect(calls).toEqual(['1']);
      });
    }

    it('carries the context in which the message was sent', async () => {
      const { delivery, carryOut, get } = start();
      const actors: unknown[] = [];
      connected(get(LineWritten), (_payload, { context }) => actors.push(context.actor), { delivery });
      await carryOut(em =>
        get(SignalRegistry).withContext({ actor: 'ann' }, () =>
          get(LineWritten).send(Shop, { text: '', lines: [] }, { em }),
        ),
      );

      expect(actors).toEqual(['ann']);
    });

    it('aborts a receiver whose time is up', async () => {
      const reasons: unknown[] = [];
      const attempt = sendAll(['1'], (written, delivery) =>
        connected(
          written,
          (_payload, { abortSignal }) =>
            new Promise(resolve => {
              abortSignal.addEventListener('abort', () => {
                reasons.push(abortSignal.reason);
                resolve(undefined);
              });
            }),
          { delivery, timeoutMs: 5 },
        ),
      );
      const codes = [undefined, 'RECEIVER_TIMED_OUT'];
      const code = await attempt.catch((error: { code: string }) => error.code);
      expect(codes).toContain(code);

      expect(reasons).toEqual([expect.objectContaining({ code: 'RECEIVER_TIMED_OUT' })]);
    });

    if (!isInline) testDeferral(sendAll, connected, start, isStored);
  });
}

/** Defines the tests that a delivery must pass if it runs its receivers later than the send. */
function testDeferral(
  sendAll: (texts: readonly string[], connect: (written: LineWritten, delivery: Delivery) => void) => Promise<void>,
  connected: (written: LineWritten, receive: Receive, options: ConnectOptions) => void,
  start: () => Tested,
  isStored: boolean,
): void {
  it('gives the payload as it was when it was sent; class instances stay what they are', async () => {
    const { delivery, carryOut, get } = start();
    const received: unknown[] = [];
    connected(get(LineWritten), payload => received.push(payload), { delivery });
    class Live {
      name = 'before';
    }
    const live = new Live();
    const payload = {
      text: 'one',
      lines: ['a'],
      at: new Date(0),
      more: new Map([['k', new Set([1])]]),
      ...(!isStored && { live }),
    };
    await carryOut(async em => {
      await get(LineWritten).send(Shop, payload, { em });
      payload.text = 'changed';
      payload.lines.push('changed');
      payload.at.setTime(1);
      payload.more.get('k')!.add(2);
      live.name = 'after';
    });

    const sent = { text: 'one', lines: ['a'], at: new Date(0), more: new Map([['k', new Set([1])]]) };
    expect(received).toEqual([isStored ? sent : { ...sent, live: { name: 'after' } }]);
    expect((received[0] as { live?: Live }).live).toBe(isStored ? undefined : live);
  });

  it('delivers only the last of the messages that a receiver coalesces, in its place', async () => {
    const calls: string[] = [];
    await sendAll(['a1', 'b1', 'a2', 'c1'], (written, delivery) => {
      const coalesce = ({ text }: { text: string }) => text[0]!;
      connected(written, ({ text }) => calls.push(text), { delivery, coalesce });
    });

    expect(calls).toEqual(['b1', 'a2', 'c1']);
  });

  if (!isStored) testBatches();
  function testBatches(): void {
    it('calls a receiver that asks for batches once, with the payloads of the transaction', async () => {
      const { delivery, carryOut, get } = start();
      const batches: unknown[] = [];
      const senders: unknown[] = [];
      const receive = (payloads: readonly { text: string }[], { sender }: Message) => {
        batches.push(payloads.map(({ text }) => text));
        senders.push(sender);
      };
      using _batch = get(LineWritten).connect(receive, { delivery, batch: true, uid: 'batch' });
      using _once = get(LineWritten).connect(receive, { delivery, batch: true, uid: 'once', once: true });
      await carryOut(async em => {
        for (const [sender, text] of [
          [Shop, '1'],
          [null, '2'],
        ] as const)
          await get(LineWritten).send(sender, { text, lines: [] }, { em });
      });

      expect(batches).toEqual([['1', '2'], ['1']]);
      expect(senders).toEqual([undefined, Shop]);
    });
  }

  it('is not used by sendSync where no transaction is open', () => {
    const { delivery, get } = start();
    const receive = jest.fn<Receive>();
    connected(get(LineWritten), receive, { delivery, uid: 'later' });
    connected(get(LineWritten), receive, { uid: 'first', before: 'missing?' });

    expect(() => get(LineWritten).sendSync(Shop, { text: '', lines: [] })).toThrow(
      expect.objectContaining({
        code: 'NO_TRANSACTION',
        message: expect.stringMatching(/later[^]*await LineWritten.send/),
      }),
    );
    expect(receive).not.toHaveBeenCalled();
  });

  it('is used by sendSync in a transaction, for async receivers too', async () => {
    const { delivery, carryOut, get } = start();
    const calls: string[] = [];
    connected(get(LineWritten), async ({ text }) => calls.push(text), { delivery });
    await carryOut(async em => get(LineWritten).sendSync(Shop, { text: 'queued', lines: [] }, { em }));

    expect(calls).toEqual(['queued']);
  });
}
