import { afterCommit, type Message, PostSave, SignalRegistry } from 'nestjs-signals';
import { Capture } from '../../../lib/core/index.js';
import { Item, Placed, startItems, stored } from './items.js';

let t: Awaited<ReturnType<typeof startItems>>;
let calls: string[];
let connections: Disposable[];

beforeAll(async () => {
  t = await startItems();
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(() => {
  calls = [];
  connections = [
    t.app.get(Placed).connect(
      async ({ name }, { em }: Message) => {
        calls.push(`${name} sees ${await em!.count(Item)}`);
        em!.create(Item, { name: `mail about ${name}` });
      },
      { delivery: afterCommit, uid: 'mail' },
    ),
  ];
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

const send = (name: string) => t.app.get(Placed).send(null, { name });
const during = (capture: Capture, fn: () => Promise<unknown>) => capture.during(t.app.get(SignalRegistry), fn);

/** Runs a test in a transaction that is rolled back, so that it leaves nothing behind. */
async function rolledBack(test: Parameters<ReturnType<typeof t.fork>['transactional']>[0]): Promise<void> {
  const attempt = t.fork().transactional(async em => {
    await test(em);
    throw new Error('the end of the test');
  });
  await expect(attempt).rejects.toThrow('the end of the test');
}

describe('A test that ends with a rollback', () => {
  it('sees what would run after COMMIT, and can run it in its own transaction', async () => {
    await rolledBack(async em => {
      em.create(Item, { name: 'chair' });
      await em.flush();
      const capture = new Capture();
      await during(capture, async () => {
        await send('one');
        await send('two');
      });
      const taken = capture.take();
      expect(taken.map(({ call }) => call.record.uid)).toEqual(['mail', 'mail']);
      expect(calls).toEqual([]);
      for (const { call, scope } of taken) await during(capture, () => call.run(scope));
      expect(capture.take()).toEqual([]);
    });

    expect(calls).toEqual(['one sees 1', 'two sees 2']);
    expect(await stored(t)).toEqual([]);
  });

  it('sees what was sent while it looked, and not what a savepoint took with it', async () => {
    await rolledBack(async em => {
      await send('before');
      const capture = new Capture();
      await during(capture, async () => {
        await em.transactional(() => send('released'));
        const attempt = em.transactional(async () => {
          await send('rolled back');
          throw new Error('undone');
        });
        await expect(attempt).rejects.toThrow('undone');
      });
      await send('after');
      const taken = capture.take();
      expect(taken).toHaveLength(1);
      await taken[0]!.call.run(taken[0]!.scope);
    });

    expect(calls).toEqual(['released sees 0']);
  });

  it('does not see what was delivered already', async () => {
    const capture = new Capture();
    await during(capture, async () => {
      await t.fork().transactional(() => send('committed'));
      await send('at once');
    });

    expect(calls).toEqual(['committed sees 0', 'at once sees 1']);
    expect(capture.take()).toEqual([]);
    await t.fork().nativeDelete(Item, {});
  });

  it('sees what the captured receivers send in turn', async () => {
    connections.push(t.app.get(PostSave).connect(({ instance }) => send((instance as Item).name), { uid: 'sends' }));
    const seen: number[] = [];
    await rolledBack(async em => {
      const capture = new Capture();
      await during(capture, () => send('one'));
      for (let taken = capture.take(), n = 0; taken.length > 0 && n < 3; taken = capture.take(), n++) {
        seen.push(taken.length);
        for (const { call, scope } of taken) await during(capture, () => call.run(scope));
      }
      expect(em.isInTransaction()).toBe(true);
    });

    expect(seen).toEqual([1, 1, 1]);
  });
});

describe('A receiver before COMMIT', () => {
  it('is called at once, in the transaction, when a message comes while COMMIT is on its way', async () => {
    const { beforeCommit } = await import('nestjs-signals');
    const seen: unknown[] = [];
    connections.push(
      t.app.get(Placed).connect(({ name }, { em }) => seen.push(`${name} ${em!.isInTransaction()}`), {
        delivery: beforeCommit,
        uid: 'before',
      }),
    );
    const fork = t.orm.em.fork({ cloneEventManager: true });
    fork.getEventManager().registerSubscriber({
      async beforeTransactionCommit({ em }) {
        await t.app.get(Placed).send(null, { name: 'late' }, { em });
      },
    });
    await fork.begin();
    await t.app.get(Placed).send(null, { name: 'in time' }, { em: fork });
    await fork.commit();

    expect(seen).toEqual(['in time true', 'late true']);
    await t.fork().nativeDelete(Item, {});
  });
});
