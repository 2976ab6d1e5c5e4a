import { EntityManager, type EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  afterCommit,
  afterRollback,
  type ConnectOptions,
  type Message,
  PostSave,
  ReceiverFailed,
  Signal,
  SignalError,
} from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';
import { Placed } from './items.js';

const OrderSchema = defineEntity({
  name: 'Order',
  properties: { id: p.integer().primary(), name: p.string(), lines: () => p.oneToMany(Line).mappedBy('order') },
});
class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const LineSchema = defineEntity({
  name: 'Line',
  properties: { id: p.integer().primary(), text: p.string(), order: () => p.manyToOne(Order).nullable() },
});
class Line extends LineSchema.class {}
LineSchema.setClass(Line);

class Shipped extends Signal<{ orderId: number }> {}

@Injectable()
class Lines {
  constructor(
    @InjectRepository(Line) private readonly lines: EntityRepository<Line>,
    @Inject(EntityManager) readonly em: EntityManager,
  ) {}

  add(text: string) {
    this.lines.create({ text });
  }
}

let t: Awaited<ReturnType<typeof startOrmApp>>;
let placed: Placed;
let connections: Disposable[];
let logged: jest.Spied<Logger['error']>;

beforeAll(async () => {
  t = await startOrmApp({
    entities: [OrderSchema, LineSchema],
    imports: [MikroOrmModule.forFeature([Order, Line])],
    providers: [Placed, Shipped, Lines],
  });
  placed = t.app.get(Placed);
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(async () => {
  connections = [];
  logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await t.fork().nativeDelete(Line, {});
  await t.fork().nativeDelete(Order, {});
});
afterEach(() => {
  connections.forEach(connection => connection[Symbol.dispose]());
  logged.mockRestore();
});

type Receive = (payload: { name: string }, message: Message) => unknown;

function onPlaced(uid: string, receive: Receive, options: Pick<ConnectOptions, 'delivery'> = {}): void {
  connections.push(placed.connect(receive, { uid, delivery: afterCommit, ...options }));
}

const texts = async () => (await t.fork().findAll(Line, { orderBy: { id: 1 } })).map(({ text }) => text);

/** Stores an order, and sends a signal about it. */
async function place(name: string): Promise<void> {
  await t.fork().transactional(async em => {
    em.create(Order, { name });
    await placed.send(null, { name });
  });
}

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
