import { jest } from '@jest/globals';
import { durable, type DurableOptions } from 'nestjs-signals';
import type { RowChangedPayload } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { Order, OrderSchema, TagSchema } from './entities.js';
import { receiverOn, startRowsApp } from './rows-app.js';

quiet();
jest.setTimeout(60_000);

const entities = [OrderSchema, TagSchema];
const INSERT = `insert into "order" (id, status, total) values`;
const byRow = ({ key }: RowChangedPayload) => String(key);

/** Lets these changes wait, and starts an application then, with a receiver on these terms that works on what `work` says. */
async function received(sql: string, terms: object, delivery: Partial<DurableOptions<RowChangedPayload>> = {}) {
  const calls: unknown[] = [];
  await using sending = await startRowsApp({ entities, options: { work: false } });
  await sending.sql(sql);
  const complete = {
    sender: Order,
    uid: 'rows',
    ...terms,
    delivery: durable({ concurrency: 1, ...delivery } as never),
  };
  const providers = [
    receiverOn(complete, change => calls.push(change)),
    receiverOn({ sender: Order, uid: 'all', delivery: durable() }),
  ];
  await using working = await startRowsApp({ entities, clientUrl: sending.url, providers });
  await eventually(async () => {
    const counts = await working.durable.counts();
    return counts.every(({ waiting, active, delayed }) => waiting + active + delayed === 0);
  });
  return { calls, failed: await working.sql("select (new->>'id')::int as id, error from signals.row_change_failed") };
}

const shown = (calls: readonly unknown[]) =>
  (calls as RowChangedPayload<Order>[]).map(
    ({ operation, key, new: row }) => `${operation} ${key as number} ${row?.status ?? ''}`,
  );

const WRITES = `${INSERT} (1, 'a', 1), (2, 'a', 1); update "order" set status = 'b' where id = 1; update "order" set status = 'c' where id = 1;
  delete from "order" where id = 2`;

describe('A receiver of RowChanged', () => {
  it('has the changes for which `when` returns true', async () => {
    const { calls } = await received(WRITES, { when: ({ operation }: RowChangedPayload) => operation !== 'update' });
    expect(shown(calls)).toEqual(['insert 1 a', 'insert 2 a', 'delete 2 ']);
  });

  it('whose `when` throws does not have the change, which is set aside, and has the others', async () => {
    const when = ({ key }: RowChangedPayload) => {
      if (key === 1) throw new Error('no key 1');
      return true;
    };
    const { calls, failed } = await received(`${INSERT} (1, 'a', 1), (2, 'a', 1)`, { when });
    expect(shown(calls)).toEqual(['insert 2 a']);
    expect(failed).toEqual([{ id: 1, error: 'Error: no key 1' }]);
  });

  it('with `coalesce` has, of the changes that the relay takes at once, the last with each key', async () => {
    const { calls } = await received(WRITES, { coalesce: byRow });
    expect(shown(calls).toSorted()).toEqual(['delete 2 ', 'update 1 c']);
  });

  it('with `batch` has many changes in one call, in the order in which they were noted', async () => {
    const { calls } = await received(WRITES, { batch: true }, { batch: 3 });
    expect(calls.map(call => shown(call as RowChangedPayload[]))).toEqual([
      ['insert 1 a', 'insert 2 a', 'update 1 b'],
      ['update 1 c', 'delete 2 '],
    ]);
  });

  it('with `payload` stores what that returns, and nothing else of the row', async () => {
    const { calls } = await received(`${INSERT} (1, 'secret', 1)`, {}, { payload: ({ key }) => ({ key }) });
    expect(calls).toEqual([{ key: 1 }]);
  });

  it('with `fields` has inserts and deletes, and updates of these fields', async () => {
    const writes = `${WRITES}; update "order" set total = 7`;
    const { calls } = await received(writes, { fields: ['total'] });
    expect(shown(calls)).toEqual(['insert 1 a', 'insert 2 a', 'delete 2 ', 'update 1 c']);
  });
});

it('With a `key` for each row, its changes are received one after another, and those of other rows meanwhile', async () => {
  const running = new Set<unknown>();
  const order: string[] = [];
  let isTogether = false;
  const terms = { sender: Order, uid: 'rows', delivery: durable({ concurrency: 4, key: byRow }) };
  const receive = async ({ key, new: row }: RowChangedPayload<Order>) => {
    expect(running.has(key)).toBe(false);
    running.add(key);
    // The first call of a row waits for that of the other one.
    isTogether ||= running.size === 2;
    await eventually(() => isTogether);
    order.push(`${key as number} ${row!.status}`);
    running.delete(key);
  };
  await using t = await startRowsApp({ entities, providers: [receiverOn(terms, receive)] });
  await t.sql(`${INSERT} (1, '0', 1), (2, '0', 1)`);
  for (let n = 1; n <= 10; n++) await t.sql(`update "order" set status = '${n}'`);
  await eventually(() => order.length === 22);
  for (const id of [1, 2]) {
    const own = order.filter(line => line.startsWith(`${id} `));
    expect(own).toEqual(Array.from({ length: 11 }, (_, at) => `${id} ${at}`));
  }
});

it('A process relays changes for a `group` that it does not serve, and another one receives them', async () => {
  const received: string[] = [];
  const provider = (name: string) =>
    receiverOn({ sender: Order, uid: 'rows', delivery: durable({ group: 'index' }) }, ({ key }) =>
      received.push(`${name} ${key as number}`),
    );
  await using relay = await startRowsApp({ entities, options: { work: ['mails'] }, providers: [provider('relay')] });
  await relay.sql(`${INSERT} (1, 'a', 1)`);
  await eventually(
    async () => (await relay.durable.counts()).find(({ receiver }) => receiver === 'rows')?.waiting === 1,
  );
  const options = { work: ['index'] };
  await using _index = await startRowsApp({ entities, clientUrl: relay.url, options, providers: [provider('index')] });
  await relay.sql(`${INSERT} (2, 'a', 1)`);
  await eventually(() => received.length === 2);
  expect(received.toSorted()).toEqual(['index 1', 'index 2']);
});

it('Triggers are the same whatever receivers come, go, and ask for', async () => {
  const triggers = `select t.tgname, t.oid::int, p.prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal order by t.oid`;
  await using first = await startRowsApp({ entities, options: { work: false } });
  const [made, create] = [await first.sql(triggers), await first.orm.schema.getCreateSchemaSQL()];
  expect(made).toHaveLength(6);
  const all = receiverOn({ sender: Order, uid: 'all', delivery: durable() });
  const asks = { fields: ['status'], when: () => false, coalesce: byRow };
  const delivery = durable({ key: byRow, group: 'slow', concurrency: 3 });
  const narrow = receiverOn({ sender: Order, uid: 'narrow', ...asks, delivery });
  const batch = receiverOn({ sender: Order, uid: 'narrow', batch: true, delivery: durable({ batch: 50 }) });
  for (const providers of [[all, narrow], [batch], []]) {
    await using t = await startRowsApp({ entities, clientUrl: first.url, providers, options: { work: false } });
    expect(await t.orm.schema.getCreateSchemaSQL()).toBe(create);
    expect(await t.orm.schema.getUpdateSchemaSQL()).toBe('');
    expect(await t.sql(triggers)).toEqual(made);
  }
});
