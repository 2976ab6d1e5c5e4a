import { EntityManager } from '@mikro-orm/core';
import { afterCommit, afterRollback, PostSave, ReceiverFailed } from 'nestjs-signals';
import { Placed } from './items.js';
import {
  Order,
  Line,
  Shipped,
  Lines,
  t,
  placed,
  connections,
  logged,
  type Receive,
  onPlaced,
  texts,
  place,
} from './placing.js';

describe('A receiver after COMMIT', () => {
  const WRITES: Readonly<Record<string, Receive>> = {
    'what a service left pending': () => t.app.get(Lines).add('written'),
    'what it flushed itself': async (_payload, { em }) => {
      em!.create(Line, { text: 'written' });
      await em!.flush();
    },
    'a transaction of its own': (_payload, { em }) =>
      em!.transactional(async inner => {
        inner.create(Line, { text: 'written' });
      }),
    'a direct write': (_payload, { em }) => em!.insert(Line, { text: 'written' }),
  };

  it.each(Object.entries(WRITES))('has its own writes stored: %s', async (_what, receive) => {
    onPlaced('writes', receive);

    await place('one');

    expect(await texts()).toEqual(['written']);
  });

  it.each(['an implicit flush', 'a transaction'])(
    'finds, and loads what is lazy of the instance, after %s',
    async way => {
      const seen: unknown[] = [];
      connections.push(
        t.app.get(PostSave).connect(
          async ({ instance }, { em }) => {
            seen.push((await em!.findOneOrFail(Order, instance.id)).name);
            seen.push((await instance.lines.loadItems()).map(({ text }) => text));
          },
          { sender: Order, delivery: afterCommit },
        ),
      );
      const created = t.fork().create(Order, { name: 'one' });
      created.lines.add(t.fork().create(Line, { text: 'chair' }, { persist: false }));
      const em = t.fork();
      await em.persist(created).flush();
      seen.length = 0;
      const change = async (changing: EntityManager) => {
        (await changing.findOneOrFail(Order, created.id)).name = 'two';
      };
      if (way === 'a transaction') await t.fork().transactional(change);
      else {
        const flushing = t.fork();
        await change(flushing);
        await flushing.flush();
      }

      expect(seen).toEqual(['two', ['chair']]);
    },
  );

  it('may send, and what it sends may be received after a COMMIT again', async () => {
    const calls: string[] = [];
    connections.push(
      t.app.get(PostSave).connect(({ instance }) => calls.push(`stored ${instance.text}`), {
        sender: Line,
        delivery: afterCommit,
      }),
      t.app.get(Shipped).connect(({ orderId }) => calls.push(`shipped ${orderId}`), { delivery: afterCommit }),
    );
    onPlaced('first', async (_payload, { em }) => {
      await em!.transactional(async inner => {
        inner.create(Line, { text: 'parcel' });
        await t.app.get(Shipped).send(null, { orderId: 7 });
        calls.push('sent');
      });
      calls.push('first ends');
    });
    onPlaced('second', () => calls.push('second'));

    await place('one');

    expect(calls).toEqual(['sent', 'shipped 7', 'stored parcel', 'first ends', 'second']);
  });

  it('that saves the entity that it receives is stopped by RECURSION_LIMIT, and the caller gets no error', async () => {
    let calls = 0;
    connections.push(
      t.app.get(PostSave).connect(
        async (_payload, { em }) => {
          calls++;
          em!.create(Line, { text: 'again' });
        },
        { sender: Line, delivery: afterCommit },
      ),
    );
    const em = t.fork();
    em.create(Line, { text: 'first' });
    await em.flush();

    expect(calls).toBe(32);
    expect(await texts()).toHaveLength(32);
    expect(logged).toHaveBeenCalledWith(expect.any(String), expect.stringContaining('Sends are nested more than'));
  });

  it('that fails changes nothing for the caller and for others: it is logged, and reported by ReceiverFailed', async () => {
    const calls: string[] = [];
    const failures: unknown[] = [];
    const error = new Error('the mail server is away');
    connections.push(
      t.app.get(ReceiverFailed).connect((payload, { sender }) => {
        failures.push(sender, payload.receiver, payload.error, payload.message.id);
      }),
    );
    let id = '';
    onPlaced('mail', (_payload, message) => {
      ({ id } = message);
      throw error;
    });
    onPlaced('next', () => calls.push('next'));

    await place('one');

    expect(calls).toEqual(['next']);
    expect(failures).toEqual([Placed, 'mail', error, id]);
    expect(logged.mock.calls).toEqual([['mail failed on Placed', error.stack]]);
    expect(await t.fork().count(Order)).toBe(1);
  });

  it('that leaves what cannot be stored fails like any other', async () => {
    const failed: string[] = [];
    connections.push(t.app.get(ReceiverFailed).connect(({ receiver }) => failed.push(receiver)));
    await t.fork().insert(Line, { id: 1, text: 'there already' });
    onPlaced('clumsy', (_payload, { em }) => void em!.create(Line, { id: 1, text: 'twice' }));

    await place('one');

    expect(failed).toEqual(['clumsy']);
    expect(await texts()).toEqual(['there already']);
  });

  it('may fail without ReceiverFailed failing: an error of its receivers is only logged', async () => {
    const calls: string[] = [];
    connections.push(
      t.app.get(ReceiverFailed).connect(() => Promise.reject(new Error('no pager')), { uid: 'pager' }),
      t.app.get(ReceiverFailed).connect(() => calls.push('board'), { uid: 'board' }),
      t.app
        .get(ReceiverFailed)
        .connect(() => Promise.reject(new Error('late')), { uid: 'late', delivery: afterCommit }),
    );
    onPlaced('mail', () => {
      throw new Error('no mail');
    });

    await place('one');

    expect(calls).toEqual(['board']);
    expect(logged.mock.calls.map(([line]) => line)).toEqual([
      'mail failed on Placed',
      'pager failed on ReceiverFailed',
      'late failed on ReceiverFailed',
    ]);
  });

  it('is isolated without a transaction, too', async () => {
    onPlaced('mail', () => {
      throw new Error('no mail');
    });

    expect(await placed.send(null, { name: 'one' })).toEqual([
      { receiver: 'mail', status: 'deferred', delivery: 'after-commit' },
    ]);
    expect(logged).toHaveBeenCalledTimes(1);
  });
});

describe('A receiver after a rollback', () => {
  it('has an EntityManager of its own in which it may write, and is isolated', async () => {
    const failed: string[] = [];
    connections.push(t.app.get(ReceiverFailed).connect(({ receiver }) => failed.push(receiver)));
    onPlaced('fails', () => Promise.reject(new Error('no')), { delivery: afterRollback });
    onPlaced('writes', ({ name }) => t.app.get(Lines).add(`${name} was not placed`), { delivery: afterRollback });

    const attempt = t.fork().transactional(async em => {
      em.create(Order, { name: 'one' });
      await placed.send(null, { name: 'one' });
      throw new Error('payment refused');
    });

    await expect(attempt).rejects.toThrow('payment refused');
    expect(await texts()).toEqual(['one was not placed']);
    expect(failed).toEqual(['fails']);
  });
});
