import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, afterRollback, type Message, Signal } from 'nestjs-signals';
import { Item, Placed, startItems, stored } from './items.js';
import { EXPLICIT } from './ways.js';

class Noted extends Signal<{ text: string }> {}

let t: Awaited<ReturnType<typeof startItems>>;
let placed: Placed;
let noted: Noted;
let calls: string[];
let connections: Disposable[];
let logged: jest.Spied<Logger['error']>;

beforeAll(async () => {
  t = await startItems({ providers: [Noted] });
  placed = t.app.get(Placed);
  noted = t.app.get(Noted);
});
afterAll(() => t[Symbol.asyncDispose]());

beforeEach(async () => {
  calls = [];
  logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await t.fork().nativeDelete(Item, {});
  connections = [afterCommit, afterRollback].map(delivery =>
    noted.connect(({ text }) => calls.push(`${delivery.name} ${text}`), { delivery, uid: delivery.name }),
  );
});
afterEach(() => {
  connections.forEach(connection => connection[Symbol.dispose]());
  logged.mockRestore();
});

type Receive = (payload: { name: string }, message: Message) => unknown;

function receive(uid: string, receiver: Receive): void {
  connections.push(placed.connect(receiver, { uid }));
}

const breakSql = (em: unknown) => (em as SqlEntityManager).execute('select * from nowhere');
const robustly = (em: EntityManager, name = 'one') => placed.sendRobust(null, { name }, { em });

describe.each(Object.entries(EXPLICIT))('sendRobust in %s', (_way, run) => {
  it('lets the transaction go on when a receiver fails, in SQL or not, and undoes what it did', async () => {
    receive('fails in SQL', async (_payload, { em }) => {
      em!.create(Item, { name: 'undone' });
      await em!.flush();
      await noted.send(null, { text: 'undone' });
      await breakSql(em);
    });
    receive('fails when it is flushed', (_payload, { em }) => void em!.create(Item, { id: 9000, name: 'twice' }));
    receive('works', async (_payload, { em }) => {
      em!.create(Item, { name: 'kept' });
      await noted.send(null, { text: 'kept' });
    });
    let statuses: unknown;

    await run(t.fork(), async em => {
      await em.insert(Item, { id: 9000, name: 'first' });
      statuses = (await robustly(em)).map(({ receiver, status }) => `${receiver}: ${status}`);
      await em.insert(Item, { id: 9001, name: 'last' });
    });

    expect(statuses).toEqual(['fails in SQL: rejected', 'fails when it is flushed: rejected', 'works: fulfilled']);
    expect((await stored(t)).sort()).toEqual(['first', 'kept', 'last']);
    expect(calls).toEqual(['after-commit kept', 'after-rollback undone']);
  });

  it('gives each receiver an EntityManager of its own, and leaves the caller’s as it was', async () => {
    const seen: unknown[] = [];
    let em: EntityManager | undefined;
    const look: Receive = (_payload, message) => {
      seen.push(message.em === em, message.em!.isInTransaction(), message.em === t.orm.em.getContext());
      message.em!.create(Item, { name: message.receiver });
    };
    receive('one', look);
    receive('other', look);

    await run(t.fork(), async caller => {
      em = caller;
      const trx = caller.getTransactionContext();
      await robustly(caller);
      seen.push(caller.getTransactionContext() === trx, caller.getUnitOfWork().getIdentityMap().keys().length);
    });

    expect(seen).toEqual([false, true, true, false, true, true, true, 0]);
    expect(await stored(t)).toEqual(['one', 'other']);
  });
});

describe('sendRobust in a transaction', () => {
  it('queues up with others that are sent at the same time', async () => {
    const under: string[] = [];
    receive('slow', async ({ name }, { em }) => {
      under.push(`${name} starts`);
      await em!.insert(Item, { name });
      if (name === 'b') throw new Error('no b');
      await (em as SqlEntityManager).execute('select 1');
      under.push(`${name} ends`);
    });

    await t.fork().transactional(em => Promise.all(['a', 'b', 'c'].map(name => robustly(em, name))));

    expect(under).toEqual(['a starts', 'a ends', 'b starts', 'c starts', 'c ends']);
    expect(await stored(t)).toEqual(['a', 'c']);
  });

  it('may be sent by a receiver of another, in its savepoint or past it, and ends', async () => {
    receive('nested', async ({ name }, { em }) => {
      em!.create(Item, { name });
      if (name !== 'outer') return;
      await placed.sendRobust(null, { name: 'within' });
      await placed.sendRobust(null, { name: 'past' }, { em: outermost });
    });
    let outermost: EntityManager;

    await t.fork().transactional(async em => {
      outermost = em;
      await robustly(em, 'outer');
    });

    expect((await stored(t)).sort()).toEqual(['outer', 'past', 'within']);
  });

  it('fails a receiver that has caught the error of another inside it', async () => {
    connections.push(
      noted.connect(() => {
        throw new Error('no note');
      }),
    );
    receive('catches', async (_payload, { em }) => {
      em!.create(Item, { name: 'half done' });
      await noted.send(null, { text: 'x' }).catch(() => {});
    });

    await t.fork().transactional(async em => {
      const [response] = await robustly(em);
      expect(response).toMatchObject({ status: 'rejected', reason: { code: 'TRANSACTION_REFUSED' } });
    });

    expect(await stored(t)).toEqual([]);
  });

  it('keeps the messages of deferred receivers in the transaction itself', async () => {
    connections.push(placed.connect(({ name }) => calls.push(`after ${name}`), { delivery: afterCommit }));

    await t.fork().transactional(async em => {
      expect(await robustly(em)).toEqual([expect.objectContaining({ status: 'deferred' })]);
      expect(calls).toEqual([]);
    });

    expect(calls).toEqual(['after one']);
  });
});
