import type { EntityManager } from '@mikro-orm/core';
import { afterCommit, beforeCommit, type ConnectOptions, type Delivery, type Message, PostSave } from 'nestjs-signals';
import { Note, Shipped, startTenants } from './tenants.js';

let t: Awaited<ReturnType<typeof startTenants>>;
let connections: Disposable[];
beforeAll(async () => {
  t = await startTenants();
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(() => {
  connections = [];
});
afterEach(async () => {
  connections.forEach(connection => connection[Symbol.dispose]());
  await t.empty();
});

type Receive = (payload: { of: string }, message: Message) => unknown;

function onShipped(uid: string, receive: Receive, options: ConnectOptions = {}): void {
  connections.push(t.app.get(Shipped).connect(receive, { uid, ...(options as object) }));
}

const ship = (of: string) => t.app.get(Shipped).send(null, { of });

describe('What a receiver sets on its EntityManager', () => {
  const SETTINGS: Record<string, (em: EntityManager) => unknown> = {
    'a schema': em => (em.schema = 'two'),
    'filter parameters': em => em.setFilterParams('late', { owner: 'somebody' }),
    'a filter': em => em.addFilter({ name: 'mine', cond: { owner: 'none' }, entity: Note }),
    'a flush mode': em => em.setFlushMode('commit'),
    'a logger context': em => em.setLoggerContext({ label: 'mine' }),
    'a schema, and clears it': em => {
      em.schema = 'two';
      em.clear();
    },
  };
  const state = async (em: EntityManager) => ({
    schema: em.schema,
    late: em.getFilterParams('late') as unknown,
    label: em.getLoggerContext().label as unknown,
    found: await em.count(Note),
  });

  describe.each(Object.entries(SETTINGS))('%s', (_what, set) => {
    it.each<[string, Delivery]>([
      ['after COMMIT', afterCommit],
      ['before COMMIT', beforeCommit],
    ])('is gone for the next one %s, whether it takes the message or not', async (_when, delivery) => {
      const states: unknown[] = [];
      const sees = async (em: EntityManager) => states.push(await state(em));
      onShipped('first', (_payload, { em }) => sees(em!), { delivery });
      onShipped('sets', (_payload, { em }) => void set(em!), { delivery });
      onShipped('sets injected', () => void set(t.orm.em), { delivery });
      onShipped('second', (_payload, { em }) => sees(em!), { delivery });
      onShipped('third', () => sees(t.orm.em.getContext()), { delivery });
      const em = t.tenant('one');
      em.create(Note, { owner: 'one' });
      await em.flush();

      await em.transactional(() => ship('chair'));

      expect(states).toHaveLength(3);
      expect(states[1]).toEqual(states[0]);
      expect(states[2]).toEqual(states[0]);
      expect(states[0]).toMatchObject({ schema: 'one', found: 1, label: undefined });
    });

    it('is gone for the next one after the SQL of a flush', async () => {
      const states: unknown[] = [];
      const on = (uid: string, receive: (message: Message) => unknown) =>
        connections.push(t.app.get(PostSave).connect((_payload, message) => receive(message), { sender: Note, uid }));
      on('first', async ({ em }) => states.push(await state(em!)));
      on('sets', ({ em }) => void set(em!));
      on('second', async ({ em }) => states.push(await state(em!)));
      const em = t.tenant('one');
      em.create(Note, { owner: 'one' });
      em.create(Note, { owner: 'one' });

      await em.flush();

      expect(states).toHaveLength(4);
      expect(new Set(states.map(one => JSON.stringify(one))).size).toBe(1);
    });
  });
});
