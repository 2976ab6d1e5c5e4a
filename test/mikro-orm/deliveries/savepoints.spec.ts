import type { EntityManager } from '@mikro-orm/core';
import { afterCommit, afterRollback, beforeCommit } from 'nestjs-signals';
import { Placed, startItems } from './items.js';

let t: Awaited<ReturnType<typeof startItems>>;
let calls: string[];
let connections: Disposable[];

beforeAll(async () => {
  t = await startItems();
});
afterAll(() => t[Symbol.asyncDispose]());

beforeEach(() => {
  calls = [];
  connections = [beforeCommit, afterCommit, afterRollback].map(delivery =>
    t.app.get(Placed).connect(({ name }) => calls.push(`${delivery.name} ${name}`), { delivery, uid: delivery.name }),
  );
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

const send = (name: string) => t.app.get(Placed).send(null, { name });

async function failing(em: EntityManager, work: (em: EntityManager) => Promise<unknown>): Promise<void> {
  const attempt = em.transactional(async inner => {
    await work(inner);
    throw new Error('undone');
  });
  await expect(attempt).rejects.toThrow('undone');
}

describe('A savepoint', () => {
  it('that is released is not committed: what was sent in it waits for the outermost COMMIT', async () => {
    await t.fork().transactional(async em => {
      await em.transactional(() => send('inner'));
      calls.push('-- released');
      await send('outer');
    });

    expect(calls).toEqual([
      '-- released',
      'before-commit inner',
      'before-commit outer',
      'after-commit inner',
      'after-commit outer',
    ]);
  });

  it('that is rolled back drops exactly the messages sent in it, and calls `afterRollback` receivers when the outermost ends', async () => {
    await t.fork().transactional(async em => {
      await send('before');
      await failing(em, () => send('undone'));
      await send('after');
      expect(calls).toEqual([]);
    });

    expect(calls).toEqual([
      'before-commit before',
      'before-commit after',
      'after-commit before',
      'after-commit after',
      'after-rollback undone',
    ]);
  });

  it('does not mix with another of the same name', async () => {
    await t.fork().transactional(async em => {
      await em.transactional(() => send('first'));
      await failing(em, () => send('second'));
      await em.transactional(() => send('third'));
    });

    expect(calls.filter(call => !call.startsWith('before'))).toEqual([
      'after-commit first',
      'after-commit third',
      'after-rollback second',
    ]);
  });

  it('takes with it what was sent in savepoints within, released or not', async () => {
    await t.fork().transactional(async em => {
      await failing(em, async inner => {
        await inner.transactional(() => send('released within'));
        await failing(inner, () => send('rolled back within'));
      });
      await send('outer');
    });

    expect(calls).toEqual([
      'before-commit outer',
      'after-commit outer',
      'after-rollback released within',
      'after-rollback rolled back within',
    ]);
  });

  it('is dropped with the outermost, released or not', async () => {
    await failing(t.fork(), async em => {
      await em.transactional(() => send('released'));
      await failing(em, () => send('rolled back'));
      await send('outer');
    });

    expect(calls).toEqual(['after-rollback released', 'after-rollback rolled back', 'after-rollback outer']);
  });

  it('of em.begin() behaves the same', async () => {
    const em = t.fork();
    const context = { em };
    const placed = t.app.get(Placed);
    await em.begin();
    const outer = em.getTransactionContext();
    await em.begin({ ctx: outer });
    await placed.send(null, { name: 'undone' }, context);
    await em.rollback();
    em.setTransactionContext(outer);
    await em.begin({ ctx: outer });
    await placed.send(null, { name: 'kept' }, context);
    await em.commit();
    em.setTransactionContext(outer);
    await em.commit();

    expect(calls).toEqual(['before-commit kept', 'after-commit kept', 'after-rollback undone']);
  });
});

describe('Transactions that are open at the same time', () => {
  it('each have their own messages', async () => {
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = t.fork().transactional(async () => {
      await send('first');
      other.resolve();
      await one.promise;
    });
    const second = failing(t.fork(), async () => {
      await other.promise;
      await send('second');
    });
    await second;
    calls.push('-- the second has ended');
    one.resolve();
    await first;

    expect(calls).toEqual([
      'after-rollback second',
      '-- the second has ended',
      'before-commit first',
      'after-commit first',
    ]);
  });
});
