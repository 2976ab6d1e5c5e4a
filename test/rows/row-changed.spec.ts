import { jest } from '@jest/globals';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { durable, type Message, OnSignal, type PayloadOf, PostSave, SignalRegistry, through } from 'nestjs-signals';
import { RowChanged, RowSignals, rowSignals } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { Order, OrderSchema, Tag, TagSchema } from './entities.js';
import { startRows, startRowsApp } from './rows-app.js';
import { Cat, FAMILY, Line } from './family.js';

quiet();
jest.setTimeout(60_000);

class Visit {
  id!: number;
}
const VisitSchema = defineEntity({
  class: Visit,
  schema: 'far away',
  properties: { id: p.integer().primary() },
  triggers: rowSignals(),
} as never);

@RowSignals({ omit: ['note'] })
@Entity({ abstract: true })
abstract class Post {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  text!: string;

  @Property({ type: 'string' })
  note!: string;
}
@Entity()
class Letter extends Post {}
@RowSignals()
@Entity()
class Card extends Post {}

const ENTITIES = [OrderSchema, TagSchema];
const INSERT = `insert into "order" (id, status, total, note, password)`;

describe('RowChanged', () => {
  it('is sent for what raw SQL inserts, updates and deletes, without what is hidden or omitted', async () => {
    await using t = await startRows(Order, { entities: ENTITIES });
    await t.sql(`${INSERT} values (1, 'new', 12345678901234567890.10, 'a note', 'secret')`);
    const [created] = await t.next(1);
    const row = { id: 1, status: 'new', total: '12345678901234567890.10' };
    expect(created).toMatchObject({
      operation: 'insert',
      key: 1,
      new: row,
      by: null,
      using: 'default',
      schema: 'public',
    });
    expect(created!.old).toBeUndefined();
    expect(created!.changes).toEqual({ id: { to: 1 }, status: { to: 'new' }, total: { to: row.total } });
    expect(created!.changedAt).toBeInstanceOf(Date);

    await t.sql(`update "order" set status = 'paid', note = 'other', password = 'other'`);
    await t.sql(`update "order" set status = 'paid', note = 'third', password = 'third'`);
    await t.sql(`delete from "order"`);
    const [updated, deleted] = await t.next(2);
    expect(updated).toMatchObject({ operation: 'update', key: 1, old: row, new: { ...row, status: 'paid' } });
    expect(updated!.changes).toEqual({ status: { from: 'new', to: 'paid' } });
    expect(deleted).toMatchObject({ operation: 'delete', key: 1, old: { ...row, status: 'paid' }, changes: {} });
    expect(BigInt(deleted!.transactionId)).toBeGreaterThan(BigInt(updated!.transactionId));
  });

  it('is sent for COPY, MERGE, upserts and bulk writes, and not for what is rolled back', async () => {
    await using t = await startRows(Order, { entities: ENTITIES });
    const em = t.fork();
    await t.orm.em.fork().transactional(async inner => {
      await inner.insert(Order, { id: 1, status: 'a', total: '1' });
      await inner.insertMany(
        Order,
        [2, 3].map(id => ({ id, status: 'a', total: '1' })),
      );
    });
    await em.nativeUpdate(Order, { id: 1 }, { status: 'b' });
    await em.upsert(Order, { id: 2, status: 'c', total: '1' });
    await t.sql(`begin; update "order" set status = 'never'; rollback`);
    await t.sql(
      `begin; update "order" set status = 'd' where id = 3; savepoint s; delete from "order"; rollback to s; commit`,
    );
    const merged = `merge into "order" o using (values (3), (4)) v(id) on o.id = v.id when matched then delete
      when not matched then insert (id, status, total) values (v.id, 'e', 1)`;
    const instead = `delete from "order" where id = 3; insert into "order" (id, status, total) values (4, 'e', 1)`;
    const [server] = await t.sql(`select current_setting('server_version_num')::int >= 150000 as "knowsMerge"`);
    await t.sql(server?.knowsMerge ? merged : instead);
    await em.nativeDelete(Order, { id: 4 });
    await t.sql(`copy "order" (id, status, total) from program 'echo 5,f,1' with (format csv)`);
    const operations = (await t.next(10)).map(({ operation, key, new: row }) => [operation, key, row?.status]);
    expect(operations.slice(0, 6)).toEqual([
      ['insert', 1, 'a'],
      ['insert', 2, 'a'],
      ['insert', 3, 'a'],
      ['update', 1, 'b'],
      ['update', 2, 'c'],
      ['update', 3, 'd'],
    ]);
    expect(operations.slice(6, 8).toSorted(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
      ['delete', 3, undefined],
      ['insert', 4, 'e'],
    ]);
    expect(operations.slice(8)).toEqual([
      ['delete', 4, undefined],
      ['insert', 5, 'f'],
    ]);
  });

  it('is a delete and an insert where the primary key changes', async () => {
    await using t = await startRows(Order, { entities: ENTITIES });
    await t.sql(`${INSERT} values (1, 'new', 1, null, null)`);
    await t.sql(`update "order" set id = 5`);
    const [, ...changes] = await t.next(3);
    expect(new Map(changes.map(({ operation, key }) => [operation, key]))).toEqual(
      new Map([
        ['delete', 1],
        ['insert', 5],
      ]),
    );
  });

  it('is sent for the rows of a pivot table, by the relation', async () => {
    await using t = await startRows(through(Tag, 'orders'), { entities: ENTITIES });
    const em = t.fork();
    const order = em.create(Order, { id: 1, status: 'a', total: '1' });
    order.tags.add(em.create(Tag, { id: 7, name: 'red' }));
    await em.flush();
    await t.sql('delete from tag');
    const changes = await t.next(2);
    expect(changes.map(({ operation, key }) => [operation, key])).toEqual([
      ['insert', [1, 7]],
      ['delete', [1, 7]],
    ]);
  });

  it('has the context of the application that wrote the row, once for a transaction, and null for strangers', async () => {
    await using t = await startRows(Order, { entities: ENTITIES });
    const registry = t.app.get(SignalRegistry);
    await registry.withContext({ actor: 'ann' }, async () => {
      const em = t.fork();
      em.create(Order, { id: 1, status: 'a', total: '1' });
      await em.flush();
      await t.fork().transactional(inner => inner.nativeUpdate(Order, { id: 1 }, { status: 'b' }));
    });
    await t.sql(`update "order" set status = 'c'`);
    await t.sql(
      `begin; select set_config('signals.context', 'no json', true); update "order" set status = 'd'; commit`,
    );
    expect((await t.next(4)).map(({ by }) => by)).toEqual([{ actor: 'ann' }, { actor: 'ann' }, null, null]);
  });

  it('reaches a receiver that also has PostSave, with the same changes', async () => {
    const saved: object[] = [];
    class Saves {
      @OnSignal(PostSave, { sender: Order, uid: 'saves' })
      saved({ changes }: PayloadOf<PostSave, Order>) {
        saved.push({ ...changes });
      }
    }
    await using t = await startRows(Order, { entities: ENTITIES, providers: [Saves] });
    const em = t.fork();
    const order = em.create(Order, { id: 1, status: 'a', total: '1.00' });
    await em.flush();
    order.status = 'b';
    await em.flush();
    expect((await t.next(2)).map(({ changes }) => changes)).toEqual(saved);
  });
});

describe('The sender of RowChanged', () => {
  it('is the leaf of single-table inheritance', async () => {
    await using t = await startRows(Cat, { entities: FAMILY });
    await t.sql(`insert into animal (id, type, name, lives) values (1, 'cat', 'Tom', 9), (2, 'dog', 'Rex', null)`);
    await t.sql(`update animal set name = name || '!'`);
    const changes = await t.next(2);
    expect(changes.map(({ operation, new: row }) => [operation, row])).toEqual([
      ['insert', { id: 1, type: 'cat', name: 'Tom', lives: 9 }],
      ['update', { id: 1, type: 'cat', name: 'Tom!', lives: 9 }],
    ]);
  });

  it('may have a composite key with a reference in it, and a name that is hard to quote', async () => {
    await using t = await startRows(Line, { entities: FAMILY });
    await t.sql(`insert into "Parcel's $signals$ Select" values (1, 'x')`);
    await t.sql(`insert into line values (1, 2, 3)`);
    await t.sql(`update line set count = 4`);
    // The database deletes it with its parcel.
    await t.sql(`delete from "Parcel's $signals$ Select"`);
    const changes = await t.next(3);
    expect(changes.map(({ operation, key }) => [operation, key])).toEqual([
      ['insert', [1, 2]],
      ['update', [1, 2]],
      ['delete', [1, 2]],
    ]);
    expect(changes[1]!.changes).toEqual({ count: { from: 3, to: 4 } });
  });

  it('may be in a schema of its own, in which its receivers find it', async () => {
    const found: unknown[] = [];
    class Finds {
      @OnSignal(RowChanged, { sender: Visit, uid: 'finds', delivery: durable() })
      async find({ key, schema }: PayloadOf<RowChanged, Visit>, { em }: Message) {
        found.push(schema, await em!.findOneOrFail(Visit, key as number));
      }
    }
    await using t = await startRowsApp({ entities: [VisitSchema], providers: [Finds] });
    await t.sql('create table visit (id int); insert into visit values (1); insert into "far away".visit values (2)');
    await eventually(() => found.length > 1);
    expect(found).toEqual(['far away', expect.objectContaining({ id: 2 })]);
  });

  it('may be signalled by a decorator, its own or that of a class that it extends', async () => {
    await using t = await startRows([Letter, Card], { entities: [Letter, Card] });
    await t.sql(`insert into letter (id, text, note) values (1, 'a', 'b')`);
    await t.sql(`insert into card (id, text, note) values (2, 'c', 'd')`);
    expect((await t.next(2)).map(({ new: row }) => row)).toEqual([
      { id: 1, text: 'a' },
      { id: 2, text: 'c', note: 'd' },
    ]);
  });
});
