import { jest } from '@jest/globals';
import { DurableSignals, pgBoss } from 'nestjs-signals/pg-boss';
import { type DurableBackend, durable, type Message, TaskStarted } from 'nestjs-signals';
import { inProcess, settled } from 'nestjs-signals/testing';
import { createTestDatabase } from '../support/database.js';
import { quiet } from '../support/quiet.js';
import { expected, Note, seen, Shipped, startTenants } from '../mikro-orm/deliveries/tenants.js';

quiet();
jest.setTimeout(60_000);

const BACKENDS: readonly (readonly [string, () => DurableBackend])[] = [
  ['PostgreSQL', () => pgBoss()],
  ['the process', inProcess],
];

describe.each(BACKENDS)('A durable message that is kept in %s', (_where, backend) => {
  it('is delivered in the schema, with the filter parameters and with the session of its sender', async () => {
    await using t = await startTenants({ signals: { durable: backend() } });
    const calls: unknown[] = [];
    const tasks: unknown[] = [];
    const shipped = t.app.get(Shipped);
    for (const transaction of [true, false]) {
      shipped.connect(
        async (_payload: object, { em }: Message) => {
          calls.push(transaction ? { schema: em!.schema, ...parameters(em!) } : await seen(em!));
          em!.create(Note, { owner: `${em!.schema} ${transaction}` });
        },
        { uid: `writes.${transaction}`, delivery: durable({ transaction }) },
      );
    }
    t.app.get(TaskStarted).connect((_payload, { em }) => tasks.push(em!.schema), { uid: 'tasks' });
    const em = t.tenant('one');

    await em.transactional(() => shipped.send(null, { of: 'chair' }));
    await settled(t.app);

    const { variable, ...rest } = expected('one');
    expect(calls).toHaveLength(2);
    expect(calls).toContainEqual(rest);
    expect(calls).toContainEqual({ ...rest, variable });
    expect(await t.owners('one')).toEqual(['one false', 'one true']);
    expect(await t.owners('main')).toEqual([]);
    expect(tasks).toEqual(['one', 'one']);
  });

  it('is given to one call with messages of its tenant only', async () => {
    await using t = await startTenants({ signals: { durable: backend() } });
    const shipped = t.app.get(Shipped);
    const calls: unknown[] = [];
    shipped.connect(
      (payloads: readonly { of: string }[], { em }: Message) =>
        calls.push([em!.schema, parameters(em!).late, payloads.map(({ of }) => of).join()]),
      { uid: 'batch', delivery: durable(), batch: true },
    );
    const operations = t.app.get(DurableSignals);
    await operations.pause('batch');
    for (const [name, of] of [
      ['one', 'a'],
      ['two', 'b'],
      ['one', 'c'],
    ] as const) {
      await t.tenant(name).transactional(() => shipped.send(null, { of }));
    }

    await operations.resume('batch');
    await settled(t.app);

    expect(calls).toHaveLength(2);
    expect(calls).toEqual(
      expect.arrayContaining([
        ['one', { owner: 'one' }, 'a,c'],
        ['two', { owner: 'two' }, 'b'],
      ]),
    );
  });

  it('keeps dates and numbers of filter parameters, and refuses what it cannot keep', async () => {
    await using t = await startTenants({ signals: { durable: backend() } });
    const shipped = t.app.get(Shipped);
    const calls: unknown[] = [];
    shipped.connect((_payload: object, { em }: Message) => calls.push(parameters(em!).late), {
      uid: 'sees',
      delivery: durable(),
    });
    const em = t.tenant('one');
    const args = { owner: 'one', since: new Date(5), n: 2n ** 70n };
    em.setFilterParams('late', args);

    await em.transactional(() => shipped.send(null, { of: 'chair' }));
    await settled(t.app);
    em.setFilterParams('late', { owner: () => 'one' });
    const refused = em.transactional(() => shipped.send(null, { of: 'table' }));

    await expect(refused).rejects.toMatchObject({
      code: 'PAYLOAD_NOT_SERIALIZABLE',
      message: expect.stringContaining('the parameters of the filters.late.owner is a function'),
    });
    expect(calls).toEqual([args]);
  });
});

describe('A durable receiver without a transaction', () => {
  it('reads from the writer, so that no row is missing that a replica does not have yet', async () => {
    const replica = await createTestDatabase();
    await using t = await startTenants({
      signals: { durable: pgBoss() },
      config: { replicas: [{ clientUrl: replica.url, dbName: replica.name }] },
    });
    const shipped = t.app.get(Shipped);
    const calls: unknown[] = [];
    shipped.connect(
      async (payload: { note?: Note }, { em, missing }: Message) =>
        calls.push(missing, payload.note?.owner, await em!.count(Note)),
      { uid: 'reads', delivery: durable({ transaction: false }) },
    );
    await t.tenant('one').transactional(async em => {
      const note = em.create(Note, { owner: 'one' });
      await em.flush();
      await shipped.send(null, { of: 'chair', note });
    });
    await settled(t.app);

    expect(calls).toEqual([false, 'one', 1]);
    await t.app.close();
    await replica.drop();
  });
});

function parameters(em: NonNullable<Message['em']>) {
  const [owned, late] = ['owned', 'late'].map(name => em.getFilterParams(name) as unknown);
  return { owned, late };
}
