import type { EntityManager } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, type Message, PostSave, PreSave } from 'nestjs-signals';
import { Item, Placed, startItems, stored } from './items.js';
import { eventually } from '../../support/eventually.js';

let t: Awaited<ReturnType<typeof startItems>>;
let connections: Disposable[];
let warned: jest.Spied<Logger['warn']>;
beforeAll(async () => {
  t = await startItems();
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(async () => {
  connections = [];
  warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  await t.fork().nativeDelete(Item, {});
});
afterEach(() => {
  connections.forEach(connection => connection[Symbol.dispose]());
  warned.mockRestore();
});

type Receive = (payload: { name: string }, message: Message) => unknown;
function onPlaced(uid: string, receive: Receive): void {
  connections.push(t.app.get(Placed).connect(receive, { uid }));
}
const send = (em?: EntityManager) => t.app.get(Placed).send(null, { name: 'chair' }, em ? { em } : {});
const warnings = () => warned.mock.calls.map(([message]) => String(message)).filter(text => text.includes('COMMIT'));

/** Goes on when COMMIT has been asked for, which it would overtake if nothing made it wait. */
const slow = async (em: EntityManager) => {
  for (let round = 0; round < 5; round++) await em.count(Item);
};

const WAYS: Record<string, (work: (em: EntityManager) => void) => Promise<unknown>> = {
  'em.transactional()': work => t.fork().transactional(async em => work(em)),
  'em.begin() and em.commit()': async work => {
    const em = t.fork();
    await em.begin();
    work(em);
    try {
      await em.commit();
    } catch (error) {
      await em.rollback();
      throw error;
    }
  },
  'a nested transaction': work =>
    t.fork().transactional(async outer => {
      await outer.transactional(async em => work(em));
    }),
};

describe.each(Object.entries(WAYS))('In %s, a send that is not awaited', (_way, run) => {
  it('is waited for, with what its receiver writes, and named in a warning', async () => {
    onPlaced('writes', async (_payload, { em }) => {
      await slow(em!);
      em!.create(Item, { name: 'log' });
    });

    await run(em => void send(em));

    expect(await stored(t)).toEqual(['log']);
    expect(warnings()).toEqual([expect.stringContaining('writes (Placed)')]);
  });

  it('refuses the transaction with its error', async () => {
    const failure = new Error('no');
    onPlaced('fails', async (_payload, { em }) => {
      await slow(em!);
      throw failure;
    });

    const running = run(em => {
      em.create(Item, { name: 'chair' });
      void send(em);
    });

    await expect(running).rejects.toMatchObject({
      code: 'TRANSACTION_REFUSED',
      cause: failure,
      message: expect.stringContaining('a receiver failed inside it: fails (Placed)'),
    });
    expect(await stored(t)).toEqual([]);
  });

  it('is waited for with what its receiver sends and does not await in turn, and whatever it takes', async () => {
    const calls: string[] = [];
    onPlaced('first', async (_payload, { em }) => {
      await slow(em!);
      if (calls.push('first') === 1) void send(em);
    });
    onPlaced('second', async (payload, { em }) => {
      await slow(em!);
      calls.push(`second ${payload.name}`);
    });

    await run(em => void send(em));

    expect(calls).toEqual(['first', 'first', 'second chair', 'second chair']);
  });
});

describe('COMMIT', () => {
  it('does not wait, or warn, where every send was awaited or was sent outside', async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>();
    onPlaced('waits', ({ name }) => (name === 'outside' ? until : Promise.resolve()));
    const outside = t.app.get(Placed).send(null, { name: 'outside' });

    await t.fork().transactional(async em => {
      em.create(Item, { name: 'chair' });
      await send();
      await t.app.get(Placed).sendRobust(null, { name: 'robust' });
    });

    expect(warnings()).toEqual([]);
    expect(await stored(t)).toEqual(['chair']);
    resolve();
    await outside;
  });

  it.each([
    ['PreSave', PreSave],
    ['PostSave', PostSave],
  ])('of a flush waits for what a receiver of %s has sent', async (_name, signal) => {
    const calls: string[] = [];
    connections.push(
      t.app.get<PostSave>(signal).connect(() => void send(), { sender: Item, uid: 'sends' }),
      t.app.get(Placed).connect(() => calls.push('committed'), { uid: 'after', delivery: afterCommit }),
    );
    onPlaced('slow', async () => {
      for (let round = 0; round < 20; round++) await Promise.resolve();
      calls.push('received');
    });
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(calls[0]).toBe('received');
    await eventually(async () => calls.includes('committed'));
  });
});

describe('A receiver that commits the transaction that its message was sent in', () => {
  const COMMITS: Record<string, (em: EntityManager) => Promise<unknown>> = {
    'in the send': em => em.commit(),
    'within a further send': async em => {
      let isInner = false;
      const further = t.app.get(Placed).connect(() => (isInner ? em.commit() : undefined), { uid: 'further' });
      connections.push(further);
      isInner = true;
      await t.app.get(Placed).send(null, { name: 'further' });
    },
  };

  it.each(Object.entries(COMMITS))('is refused, and the transaction with it: %s', async (_how, commit) => {
    onPlaced('commits', async ({ name }, { em }) => {
      if (name === 'chair') await commit(em!);
    });
    const em = t.fork();
    await em.begin();
    em.create(Item, { name: 'chair' });

    await expect(send(em)).rejects.toMatchObject({
      code: 'TRANSACTION_REFUSED',
      message: expect.stringContaining('cannot commit the transaction that its message was sent in'),
    });
    await expect(em.commit()).rejects.toMatchObject({ code: 'TRANSACTION_REFUSED' });
    await em.rollback();
    expect(await stored(t)).toEqual([]);
  });

  it('may commit one of its own', async () => {
    onPlaced('commits', async () => {
      const own = t.fork();
      await own.begin();
      own.create(Item, { name: 'own' });
      await own.commit();
    });

    await t.fork().transactional(async em => void (await send(em)));

    expect(await stored(t)).toEqual(['own']);
  });
});
