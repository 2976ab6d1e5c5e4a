import { jest } from '@jest/globals';
import { durable, type Message } from 'nestjs-signals';
import type { RowChangedPayload } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { PEOPLE } from './people.js';
import { Random } from './random-programs.js';
import { receiverOn, startRowsApp } from './rows-app.js';

quiet();

/** The number of random programs, as in random.spec.ts. */
const PROGRAMS = Number(process.env.SIGNALS_ROW_PROGRAMS ?? 20);
jest.setTimeout(60_000 + PROGRAMS * 1000);

const CLASSES = ['Person', 'Member', 'Boss', 'Guest'] as const;
type Leaf = (typeof CLASSES)[number];
const TABLES: Record<Leaf, readonly string[]> = {
  Person: ['person'],
  Member: ['person', 'member'],
  Boss: ['person', 'member', 'boss'],
  Guest: ['person', 'guest'],
};
const LEAVES = `select p.id, case when b.id is not null then 'Boss' when m.id is not null then 'Member' when g.id is not null then 'Guest' else 'Person' end as leaf
  from person p left join member m using (id) left join boss b using (id) left join guest g using (id)`;

const INSERT: Record<string, (keys: readonly number[]) => string> = {
  person: keys => `insert into person values ${keys.map(key => `(${key}, 'a')`).join(', ')}`,
  member: keys => `insert into member (id, level) values ${keys.map(key => `(${key}, 1)`).join(', ')}`,
  boss: keys => `insert into boss (id, car) values ${keys.map(key => `(${key}, 'a')`).join(', ')}`,
  guest: keys => `insert into guest (id) values ${keys.map(key => `(${key})`).join(', ')}`,
};
const remove = (table: string, keys: readonly number[]) => `delete from ${table} where id in (${keys.join(', ')})`;

/** Statements that make rows of one class out of rows of another, or of none. */
function turn(r: Random, keys: readonly number[], from: Leaf | undefined, to: Leaf | undefined): string[] {
  const [had, has] = [from ? TABLES[from] : [], to ? TABLES[to] : []];
  const gone = had.filter(table => !has.includes(table)).toReversed();
  const come = has.filter(table => !had.includes(table));
  // The uppermost of them takes those below it away, or each is deleted by itself, or some are.
  const cascading = r.below(3);
  const deleted = cascading === 0 ? gone : cascading === 1 ? gone.slice(-1) : gone.slice(-2);
  const updates =
    r.below(3) === 0 && from && to ? [`update person set name = name || 'x' where id in (${keys.join(', ')})`] : [];
  const rows = come.flatMap(table =>
    r.below(2) === 0 ? [INSERT[table]!(keys)] : keys.map(key => INSERT[table]!([key])),
  );
  return [...updates, ...deleted.map(table => remove(table, keys)), ...updates, ...rows, ...updates];
}

it(`The senders of ${PROGRAMS} random programs are the leaves that the rows had before or have after it`, async () => {
  const sent: { operation: RowChangedPayload['operation']; key: number; sender: string }[] = [];
  const payload = ({ operation, key }: RowChangedPayload, { sender }: Message) => {
    sent.push({ operation, key: key as number, sender: (sender as { name: string }).name });
    return {};
  };
  const terms = { uid: 'rows', batch: true, delivery: durable({ payload, batch: 1000 }) };
  await using t = await startRowsApp({ entities: PEOPLE, providers: [receiverOn(terms)] });
  const leaves = async () => {
    const rows = (await t.sql(LEAVES)) as unknown as { id: number; leaf: Leaf }[];
    return new Map(rows.map(({ id, leaf }) => [id, leaf]));
  };
  let changes = 0;
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const r = new Random(seed);
    const before = await leaves();
    const free = Array.from({ length: 12 }, (_, at) => at + 1);
    const take = (from: Leaf | undefined) => free.filter(key => before.get(key) === from).slice(0, r.below(4) + 1);
    const statements: string[][] = [];
    for (let n = r.below(5) + 1; n > 0; n--) {
      const from = r.of([undefined, ...CLASSES]);
      const keys = take(from);
      if (keys.length === 0) continue;
      for (const key of keys) free.splice(free.indexOf(key), 1);
      const isMoved = from && keys.length === 1 && r.below(4) === 0;
      statements.push(
        isMoved
          ? [
              `update person set id = ${100 + seed} where id = ${keys[0]} and not exists (select from person where id = ${100 + seed})`,
            ]
          : turn(r, keys, from, r.of([undefined, ...CLASSES])),
      );
    }
    await t.sql(`begin; ${interleaved(r, statements).join('; ')}; commit`);
    await eventually(async () => (await t.sql('select from signals.row_change')).length === 0);
    const after = await leaves();
    for (const { operation, key, sender } of sent) {
      const [was, is] = [before.get(key), after.get(key)];
      const expected = { insert: [is], delete: [was], update: was === is ? [is] : [was, is, 'Person', 'Member'] }[
        operation
      ];
      if (!expected.includes(sender as Leaf))
        throw new Error(
          `seed ${seed}: ${operation} of ${key} by ${sender}, not ${expected.join(' or ')}: ${statements.join('; ')}`,
        );
    }
    changes += sent.splice(0).length;
  }
  expect(changes).toBeGreaterThan(PROGRAMS);
});

/** Statements of each list stay in their order. */
function interleaved(r: Random, lists: readonly string[][]): string[] {
  const left = lists.map(list => [...list]).filter(list => list.length > 0);
  const all: string[] = ['select 1'];
  while (left.length > 0) {
    const at = r.below(left.length);
    all.push(left[at]!.shift()!);
    if (left[at]!.length === 0) left.splice(at, 1);
  }
  return all;
}
