import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { PostSave, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

const CounterSchema = defineEntity({
  name: 'Counter',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    count: p.integer(),
    version: p.integer().version(),
  },
});
class Counter extends CounterSchema.class {}
CounterSchema.setClass(Counter);

type Act = (counter: Counter, em: EntityManager) => unknown;

/** Changes a row, and lets an act change it again: before its flush, or in a receiver. */
async function flushWith(act: Act, isInReceiver: boolean) {
  await using t = await startOrmApp({ entities: [CounterSchema], config: SQLITE });
  const em = t.fork();
  const counter = em.create(Counter, { name: 'one', count: 1 });
  await em.flush();
  const sent: unknown[] = [];
  t.app.get(PostSave).connect(({ updateFields }) => void sent.push(updateFields));
  let acts = 0;
  t.app.get(PreSave).connect(() => (isInReceiver && acts++ === 0 ? (act(counter, em) as Promise<void>) : undefined));
  counter.name = 'two';
  if (!isInReceiver) await act(counter, em);
  await em.flush();
  return { sent, rows: await em.getConnection().execute<object[]>('select * from counter') };
}

const acts: [string, Act][] = [
  ['puts the value back', counter => (counter.name = 'one')],
  ['refreshes the row', (counter, em) => em.refresh(counter)],
  ['finds it with `refresh`', (_counter, em) => em.find(Counter, {}, { refresh: true })],
  ['puts the value back, and changes another', counter => Object.assign(counter, { name: 'one', count: 2 })],
];

describe('A changed row with a version, where a receiver of PreSave', () => {
  it.each(acts)('%s, is written as if the application had done it', async (_what, act) => {
    expect(await flushWith(act, true)).toEqual(await flushWith(act, false));
  });
});
