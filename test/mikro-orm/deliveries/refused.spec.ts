import { type EntityManager, type EventArgs, MikroORM } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { afterCommit, afterRollback, beforeCommit, PostSave, PreSave, SignalError } from 'nestjs-signals';
import { Item, Placed, startItems, stored } from './items.js';
import { EXPLICIT, WAYS } from './ways.js';

let t: Awaited<ReturnType<typeof startItems>>;
let placed: Placed;
let calls: string[];
let connections: Disposable[];
let logged: jest.Spied<Logger['error']>;

beforeAll(async () => {
  t = await startItems();
  placed = t.app.get(Placed);
});
afterAll(() => t[Symbol.asyncDispose]());

beforeEach(async () => {
  calls = [];
  logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await t.fork().nativeDelete(Item, {});
  connections = [afterCommit, afterRollback].map(delivery =>
    placed.connect(({ name }) => calls.push(`${delivery.name} ${name}`), { delivery, uid: delivery.name }),
  );
});
afterEach(() => {
  connections.forEach(connection => connection[Symbol.dispose]());
  logged.mockRestore();
});

class OutOfStock extends Error {}

/** Receivers that fail: of a flush, and of a send. */
function failOn(signal: typeof PostSave | typeof PreSave | typeof Placed, name: string): void {
  const receive = (payload: { instance?: object; name?: string }) => {
    const placed = payload.name ?? (payload.instance as Item).name;
    if (placed === name) throw new OutOfStock(name);
  };
  connections.push(t.app.get<Placed>(signal as typeof Placed).connect(receive, { uid: 'fails' }));
}

async function caught(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function refusedBecauseOf(name: string) {
  return expect.objectContaining({
    code: 'TRANSACTION_REFUSED',
    cause: expect.objectContaining({ message: name }),
    message: expect.stringMatching(/cannot be committed[^]*a receiver failed[^]*roll it back/),
  });
}

const FAILURES: readonly [
  string,
  typeof PostSave | typeof PreSave | typeof Placed,
  (em: EntityManager) => Promise<unknown>,
][] = [
  ['PostSave', PostSave, em => flush(em, 'chair')],
  ['PreSave', PreSave, em => flush(em, 'chair')],
  ['a signal of your own', Placed, em => placed.send(null, { name: 'chair' }, { em })],
  ['sendSync', Placed, async em => placed.sendSync(null, { name: 'chair' }, { em })],
];

async function flush(em: EntityManager, name: string): Promise<void> {
  em.create(Item, { name });
  await em.flush();
}

describe.each(Object.entries(EXPLICIT))('In %s', (_way, run) => {
  it.each(FAILURES)(
    'a receiver of %s that throws refuses the COMMIT, although the caller catches its error',
    async (_what, signal, attempt) => {
      failOn(signal, 'chair');
      let first: unknown;

      const error = await caught(
        run(t.fork(), async em => {
          await em.insert(Item, { name: 'table' });
          first = await caught(attempt(em));
          if (signal !== Placed) await placed.send(null, { name: 'placed' }, { em });
        }),
      );

      expect(first).toBeInstanceOf(OutOfStock);
      expect(error).toEqual(refusedBecauseOf('chair'));
      expect(await stored(t)).toEqual([]);
      expect(calls.filter(call => call.startsWith('after-commit'))).toEqual([]);
    },
  );

  it.each(FAILURES.filter(([, signal]) => signal !== PreSave))(
    'a receiver of %s that throws leaves the message to those behind it that run after ROLLBACK',
    async (_what, signal, attempt) => {
      failOn(signal, 'chair');
      const receive = () => calls.push('behind');
      const when = () => false;
      const behind = t.app.get<Placed>(signal);
      connections.push(
        behind.connect(receive, { delivery: afterCommit, uid: 'commit' }),
        behind.connect(receive, { delivery: afterRollback, uid: 'rollback' }),
        behind.connect(() => calls.push('other'), { delivery: afterRollback, uid: 'other', when }),
      );

      await caught(run(t.fork(), attempt));

      expect(calls.filter(call => !call.endsWith(' chair'))).toEqual(['behind']);
    },
  );

  it('a sendRobust does not refuse it', async () => {
    failOn(Placed, 'chair');

    await run(t.fork(), async em => {
      await em.insert(Item, { name: 'table' });
      await placed.sendRobust(null, { name: 'chair' }, { em });
    });

    expect(await stored(t)).toEqual(['table']);
  });
});

describe('A flush whose SQL fails', () => {
  it('calls receivers of PreSave after ROLLBACK, and none of PostSave, which was not sent yet', async () => {
    await t.fork().insert(Item, { id: 900, name: 'there already' });
    for (const signal of [PreSave, PostSave]) {
      const receive = () => calls.push(signal.name);
      connections.push(t.app.get<PreSave>(signal).connect(receive, { sender: Item, delivery: afterRollback }));
    }
    const em = t.fork();
    em.create(Item, { id: 900, name: 'chair' });
    await expect(em.flush()).rejects.toThrow('duplicate key');

    expect(calls).toEqual(['PreSave']);
  });
});

describe('A receiver that throws', () => {
  it('refuses the savepoint that it was sent in, and not what is around it', async () => {
    failOn(PostSave, 'chair');

    await t.fork().transactional(async em => {
      await flush(em, 'table');
      const error = await caught(em.transactional(inner => caught(flush(inner, 'chair'))));
      expect(error).toEqual(refusedBecauseOf('chair'));
    });

    expect(await stored(t)).toEqual(['table']);
  });

  it('refuses the transaction that an implicit flush opens, when the receiver that sent to it catches its error', async () => {
    failOn(Placed, 'chair');
    const sender = (payload: { instance: object }) =>
      caught(placed.send(null, { name: (payload.instance as Item).name }));
    connections.push(t.app.get(PreSave).connect(sender, { uid: 'sends' }));

    expect(await caught(flush(t.fork(), 'chair'))).toEqual(refusedBecauseOf('chair'));
    expect(await stored(t)).toEqual([]);
  });

  it('holds em.commit() back every time, until em.rollback() is called', async () => {
    failOn(PostSave, 'chair');
    const em = t.fork();
    await em.begin();
    await caught(flush(em, 'chair'));

    expect(await caught(em.commit())).toEqual(refusedBecauseOf('chair'));
    expect(await caught(em.commit())).toEqual(refusedBecauseOf('chair'));
    await em.rollback();
    expect(await stored(t)).toEqual([]);
  });

  it('leaves no connection behind', async () => {
    failOn(PostSave, 'chair');
    const { orm } = t;
    for (let n = 0; n < 30; n++) {
      await caught(orm.em.fork().transactional(em => caught(flush(em, 'chair'))));
    }

    expect(await stored(t)).toEqual([]);
    expect(orm).toBeInstanceOf(MikroORM);
  });
});

describe.each(Object.entries(WAYS))('A beforeCommit receiver that throws, in %s,', (_way, run) => {
  it('rolls the transaction back with its own error, and no other is called', async () => {
    connections.push(
      placed.connect(() => Promise.reject(new OutOfStock('no')), { delivery: beforeCommit, uid: 'fails' }),
      placed.connect(() => calls.push('the next'), { delivery: beforeCommit, uid: 'next' }),
      t.app.get(PostSave).connect(() => placed.send(null, { name: 'placed' }), { uid: 'sends' }),
    );

    const error = await caught(
      run(t.fork(), em => {
        em.create(Item, { name: 'chair' });
      }),
    );

    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).not.toBeInstanceOf(SignalError);
    expect(await stored(t)).toEqual([]);
    expect(calls).toEqual(['after-rollback placed']);
  });
});

describe('A transaction that PostgreSQL has silently given up', () => {
  const swallow = (em: EntityManager) => caught((em as SqlEntityManager).execute('select * from nowhere'));

  it.each(Object.entries(EXPLICIT))('is refused in %s, and nothing runs as if it were committed', async (_way, run) => {
    const error = await caught(
      run(t.fork(), async em => {
        await em.insert(Item, { name: 'chair' });
        await placed.send(null, { name: 'placed' }, { em });
        await swallow(em);
      }),
    );

    expect(error).toMatchObject({
      code: 'TRANSACTION_REFUSED',
      cause: expect.objectContaining({ code: '25P02' }),
      message: expect.stringMatching(/PostgreSQL has given it up/),
    });
    expect(await stored(t)).toEqual([]);
    expect(calls).toEqual(['after-rollback placed']);
  });

  it('is refused in an implicit flush, when a receiver swallows the error', async () => {
    connections.push(
      t.app.get(PostSave).connect(
        async (_payload, { em }) => {
          await placed.send(null, { name: 'placed' });
          await swallow(em as EntityManager);
        },
        { uid: 'swallows' },
      ),
    );

    expect(await caught(flush(t.fork(), 'chair'))).toMatchObject({ code: 'TRANSACTION_REFUSED' });
    expect(await stored(t)).toEqual([]);
    expect(calls).toEqual(['after-rollback placed']);
  });

  it('is refused in an implicit flush that only keeps messages, when a subscriber of the application swallows it', async () => {
    const em = t.fork();
    const swallowing = { afterCreate: ({ em: flushing }: EventArgs<Item>) => swallow(flushing).then(() => {}) };
    em.getEventManager().registerSubscriber(swallowing);
    connections.push(
      t.app.get(PostSave).connect(() => calls.push('called'), { delivery: afterCommit, uid: 'later' }),
      t.app.get(PostSave).connect(() => calls.push('rolled back'), { delivery: afterRollback, uid: 'rolled-back' }),
    );

    expect(await caught(flush(em, 'chair'))).toMatchObject({ code: 'TRANSACTION_REFUSED' });
    expect(await stored(t)).toEqual([]);
    expect(calls).toEqual(['rolled back']);
  });
});
