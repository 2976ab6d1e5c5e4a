import type { EntityManager } from '@mikro-orm/core';
import type { Client } from 'pg';
import { Item, Label, Shelf } from './random-entities.js';

/** A generator of numbers that a seed repeats (mulberry32). */
export class Random {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

type Statement = (r: Random) => string;

const id = (r: Random) => r.below(8) + 1;
const text = (r: Random) => r.of(['a', 'b', "it''s", 'ü', '']);
const amount = (r: Random) => r.of(['0', '1.5', '1.500', '12345678901234567890.125', '-0.001']);

const STATEMENTS: readonly Statement[] = [
  r => `insert into shelf values (${id(r)}, '${text(r)}') on conflict do nothing`,
  r => `insert into shelf values (${id(r)}, '${text(r)}') on conflict (id) do update set name = excluded.name`,
  r =>
    `insert into item select n, s.id, '${text(r)}', ${amount(r)} from shelf s, generate_series(${id(r)}, 8) n where s.id = ${id(r)} on conflict do nothing`,
  r =>
    `insert into item select n, s.id, '${text(r)}', ${amount(r)} from generate_series(1, ${id(r)}) n, lateral (select id from shelf limit 1) s on conflict (id) do update set amount = excluded.amount`,
  r => `insert into label select ${id(r)}, (select id from item order by id limit 1) on conflict do nothing`,
  r => `update item set name = '${text(r)}' where id <= ${id(r)}`,
  r => `update item set amount = ${amount(r)}, name = name || '!' where id % 2 = ${r.below(2)}`,
  () => `update item set name = name, amount = amount`,
  r => `update item set id = id + 8 where id = ${id(r)} and not exists (select from item i where i.id = item.id + 8)`,
  r =>
    `update shelf set id = id + 20 where id = ${id(r)} and not exists (select from shelf s where s.id = shelf.id + 20)`,
  r => `update label set item_id = (select max(id) from item) where id <= ${id(r)}`,
  r => `delete from item where id = ${id(r)}`,
  r => `delete from shelf where id = ${id(r)}`,
  r => `delete from label where id >= ${id(r)}`,
  r => `copy shelf from program 'echo ${100 + r.below(1_000_000)},c' with (format csv)`,
  r => `merge into shelf using (values (${id(r)}), (${id(r) + 8})) v(id) on shelf.id = v.id when matched and v.id > 8 then delete
    when matched then update set name = '${text(r)}'`,
  r =>
    `with gone as (delete from label where id = ${id(r)} returning id) insert into label select id + 50, null from gone on conflict do nothing`,
];

/** Runs a transaction of random statements, with savepoints, and rolls some back. What the database refuses is rolled back. */
export async function runStatements(client: Client, r: Random): Promise<void> {
  await client.query('begin');
  try {
    for (let n = r.below(4) + 1; n > 0; n--) {
      const isUndone = r.below(4) === 0;
      await client.query('savepoint s');
      await client.query(r.of(STATEMENTS)(r));
      await client.query(isUndone ? 'rollback to s' : 'release s');
    }
    await client.query(r.below(5) === 0 ? 'rollback' : 'commit');
  } catch {
    await client.query('rollback');
  }
}

/** Runs a transaction of random flushes and bulk writes of MikroORM, and rolls some back. */
export async function runOrm(em: EntityManager, r: Random): Promise<void> {
  try {
    await em.transactional(async inner => {
      const shelf = (await inner.findOne(Shelf, { id: { $gt: 0 } })) ?? inner.create(Shelf, { id: id(r), name: 'orm' });
      for (const item of await inner.find(Item, {}, { limit: 3 })) item.name = text(r) + r.below(9);
      const free = 200 + r.below(1_000_000);
      inner.create(Item, { id: free, shelf, name: 'orm', amount: amount(r) });
      if (r.below(2) === 0) inner.create(Label, { id: free, item: null });
      await inner.flush();
      await inner.nativeUpdate(Item, { id: { $lt: id(r) } }, { name: text(r) });
      if (r.below(2) === 0) await inner.nativeDelete(Label, { id: { $gt: id(r) } });
      if (r.below(4) === 0) throw new Error('rolled back');
    });
  } catch {
    // It was rolled back.
  }
}
