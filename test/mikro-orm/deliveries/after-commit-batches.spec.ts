import { afterCommit, type Message, SignalError } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { Placed } from './items.js';
import { OrderSchema, Order, LineSchema, t, placed, connections, onPlaced, place } from './placing.js';

describe('A receiver after COMMIT that asks for batches', () => {
  it('has one sender where the messages have one, and may be connected for one message', async () => {
    const batches: unknown[] = [];
    const receive = (payloads: readonly { name: string }[], { sender }: Message) => {
      batches.push([sender, ...payloads.map(({ name }) => name)]);
    };
    for (const [uid, options] of [
      ['all', {}],
      ['one sender', { sender: 'shop' }],
      ['once', { once: true }],
    ] as const) {
      connections.push(placed.connect(receive, { uid, delivery: afterCommit, batch: true, ...options }));
    }

    await t.fork().transactional(async () => {
      await placed.send('shop', { name: 'one' });
      await placed.send('fair', { name: 'two' });
      await placed.send('shop', { name: 'three' });
    });

    expect(batches).toEqual([
      [undefined, 'one', 'two', 'three'],
      ['shop', 'one', 'three'],
      ['shop', 'one'],
    ]);
  });

  it('has those that it coalesces left out, and none of a savepoint that was rolled back', async () => {
    const batches: unknown[] = [];
    connections.push(
      placed.connect((payloads: readonly { name: string }[]) => batches.push(payloads.map(({ name }) => name)), {
        delivery: afterCommit,
        batch: true,
        coalesce: ({ name }) => name[0]!,
      }),
    );

    await t.fork().transactional(async em => {
      for (const name of ['a1', 'b1', 'a2']) await placed.send(null, { name });
      const attempt = em.transactional(async () => {
        await placed.send(null, { name: 'b2' });
        throw new Error('undone');
      });
      await expect(attempt).rejects.toThrow('undone');
    });

    expect(batches).toEqual([['b1', 'a2']]);
  });
});

describe('A detached receiver after COMMIT', () => {
  it('does not keep the committer waiting', async () => {
    const [may, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const calls: string[] = [];
    onPlaced(
      'slow',
      async (_payload, { delivery }) => {
        await may.promise;
        calls.push(delivery);
        done.resolve();
      },
      { delivery: afterCommit({ detached: true }) },
    );
    onPlaced('waited for', () => calls.push('waited for'));

    await place('one');
    calls.push('-- placed');
    may.resolve();
    await done.promise;

    expect(calls).toEqual(['waited for', '-- placed', 'after-commit, detached']);
  });

  it('is waited for by a shutdown, with those that come after it', async () => {
    const may = Promise.withResolvers<void>();
    const calls: string[] = [];
    await using other = await startOrmApp({ entities: [OrderSchema, LineSchema], providers: [Placed] });
    const own = other.app.get(Placed);
    for (const uid of ['one', 'two']) {
      own.connect(
        async (_payload, { em }) => {
          await may.promise;
          calls.push(`${uid} ${await em!.count(Order)}`);
        },
        { uid, delivery: afterCommit({ detached: true }) },
      );
    }
    await other.fork().transactional(() => own.send(null, { name: 'one' }));
    const closing = other.app.close();
    may.resolve();
    await closing;

    expect(calls).toEqual(['one 0', 'two 0']);
  });

  it.each([[{ detach: true }], [{ detached: 'yes' }], [null], [true]])('refuses the options %j', options => {
    expect(() => afterCommit(options as object)).toThrow(SignalError);
  });

  it('needs no options', () => {
    expect(afterCommit().name).toBe('after-commit');
    expect(afterCommit({ detached: false }).name).toBe('after-commit');
  });
});
