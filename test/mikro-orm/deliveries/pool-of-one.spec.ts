import type { EntityManager } from '@mikro-orm/core';
import { jest } from '@jest/globals';
import { afterCommit, afterRollback, beforeCommit, inline, type Message, PostSave, PreSave } from 'nestjs-signals';
import { quiet } from '../../support/quiet.js';
import { Item, Placed, startItems, stored } from './items.js';
import { EXPLICIT, WAYS } from './ways.js';

quiet();
// Code that waits for a connection that is never given back waits for ever.
jest.setTimeout(30_000);

let t: Awaited<ReturnType<typeof startItems>>;
let connections: Disposable[];
beforeAll(async () => {
  t = await startItems({ config: { pool: { min: 0, max: 1 } } });
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(() => t.fork().nativeDelete(Item, {}));
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

const DELIVERIES = { inline, beforeCommit, afterCommit, afterRollback };
const FAILING = {
  PreSave: () => t.app.get(PreSave).connect(fail),
  PostSave: () => t.app.get(PostSave).connect(fail),
  ...Object.fromEntries(
    Object.entries(DELIVERIES).map(([name, delivery]) => [
      `a signal with the delivery ${name}`,
      () => t.app.get(Placed).connect(fail, { delivery }),
    ]),
  ),
};

function fail(): never {
  throw new Error('no');
}

/** All but the way that takes two. */
function withOne(ways: typeof WAYS) {
  return Object.entries(ways).filter(([way]) => way !== 'REQUIRES_NEW');
}

async function store(em: EntityManager): Promise<void> {
  em.create(Item, { name: 'chair' });
  await t.app.get(Placed).send(null, { name: 'chair' }, { em });
  await em.flush();
}

// An error in `afterTransactionStart` would leak the connection, and one in `afterTransactionCommit` would come out of
// a flush that is committed (MikroORM 7.2.1).
describe.each(withOne(WAYS))('In %s', (_way, run) => {
  it.each(Object.entries(FAILING))(
    'a receiver of %s that fails gives the only connection back',
    async (_what, connect) => {
      connections = [connect()];
      const [done] = await Promise.allSettled([run(t.fork(), store)]);
      const rows = await stored(t);

      expect(rows).toEqual(done.status === 'fulfilled' ? ['chair'] : []);
    },
  );
});

describe.each(withOne(EXPLICIT))('In %s', (_way, run) => {
  it('receivers of every delivery query and write with the only connection', async () => {
    const counts: unknown[] = [];
    connections = Object.entries(DELIVERIES).map(([name, delivery]) =>
      t.app.get(Placed).connect(
        async (_payload, { em }: Message) => {
          counts.push(name, await em!.count(Item));
          em!.create(Item, { name });
        },
        { delivery },
      ),
    );
    await run(t.fork(), store);
    await expect(run(t.fork(), async em => (await store(em), fail()))).rejects.toThrow('no');

    expect(await stored(t)).toEqual(expect.arrayContaining(['chair', 'inline', 'beforeCommit', 'afterCommit']));
    expect(counts).toEqual(expect.arrayContaining(Object.keys(DELIVERIES)));
  });
});
