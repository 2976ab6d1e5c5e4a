import { EntityManager as CoreEntityManager } from '@mikro-orm/core';
import { defineEntity, EntityManager, p } from '@mikro-orm/postgresql';
import { jest } from '@jest/globals';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  type Message,
  OnSignal,
  type PayloadOf,
  PostBulkWrite,
  PostSave,
  PostUpsert,
  PreBulkWrite,
  PreSave,
  PreUpsert,
  withBulkSignals,
} from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const StockSchema = defineEntity({
  name: 'Stock',
  properties: {
    id: p.integer().primary(),
    sku: p.string().unique(),
    count: p.integer().default(0),
    note: p.string().nullable(),
  },
});
class Stock extends StockSchema.class {}
StockSchema.setClass(Stock);

const LogSchema = defineEntity({ name: 'LogLine', properties: { id: p.integer().primary(), text: p.string() } });
class LogLine extends LogSchema.class {}
LogSchema.setClass(LogLine);

const entities = [StockSchema, LogSchema];

@Injectable()
class Seen {
  readonly lines: unknown[] = [];

  @OnSignal([PreSave, PostSave], { sender: Stock })
  flush(_payload: object, { signal }: Message) {
    this.lines.push(signal.constructor.name);
  }

  @OnSignal([PreUpsert, PostUpsert], { sender: Stock })
  upsert({ instance, data, created, using }: PayloadOf<PreUpsert, Stock>, { signal }: Message) {
    this.lines.push([signal.constructor.name, instance?.sku, data?.sku, created, using]);
  }

  @OnSignal([PreBulkWrite, PostBulkWrite], { sender: Stock })
  bulk({ operation, where, data, affected }: PayloadOf<PreBulkWrite, Stock>, { signal, em }: Message) {
    this.lines.push([signal.constructor.name, operation, where, data, affected, em!.isInTransaction()]);
  }
}

function startStore(config = {}, providers: (new (...args: never[]) => object)[] = []) {
  return startOrmApp({ entities, config, providers: [Seen, ...providers] });
}

describe('an upsert', () => {
  it('sends a signal before and after, which says whether the row is new; no flush takes part', async () => {
    await using t = await startStore();
    const { lines } = t.app.get(Seen);

    await t.fork().upsert(Stock, { sku: 'a', count: 1 });
    await t.fork().upsert(Stock, { sku: 'a', count: 2 });

    expect(lines).toEqual([
      ['PreUpsert', undefined, 'a', undefined, 'default'],
      ['PostUpsert', 'a', undefined, true, 'default'],
      ['PreUpsert', undefined, 'a', undefined, 'default'],
      ['PostUpsert', 'a', undefined, false, 'default'],
    ]);
    expect(await t.fork().findAll(Stock)).toMatchObject([{ sku: 'a', count: 2 }]);
  });

  it.each<[string, (em: CoreEntityManager) => Promise<unknown>, unknown[]]>([
    ['of an entity', async em => em.upsert(em.create(Stock, { sku: 'new' }, { persist: false })), [true]],
    [
      'of many',
      em =>
        em.upsertMany(Stock, [
          { sku: 'old', count: 5 },
          { sku: 'new', count: 6 },
        ]),
      [false, true],
    ],
    ['of a row that is left alone', em => em.upsert(Stock, { sku: 'old' }, { onConflictAction: 'ignore' }), [false]],
    ['of a row that was not there', em => em.upsert(Stock, { sku: 'new' }, { onConflictAction: 'ignore' }), [true]],
    ['by primary key', em => em.upsert(Stock, { id: 1, sku: 'old', count: 9 }), [false]],
    [
      'of a row that the same transaction has inserted',
      em =>
        em.transactional(async inner => {
          await inner.insert(Stock, { sku: 'same' });
          await inner.upsert(Stock, { sku: 'same', count: 3 });
          await inner.upsert(Stock, { sku: 'same' }, { onConflictAction: 'ignore' });
        }),
      [false, false],
    ],
  ])('knows whether the row is new: %s', async (_what, write, created) => {
    await using t = await startStore();
    await t.fork().insert(Stock, { sku: 'old' });
    const seen: unknown[] = [];
    t.app.get(PostUpsert).connect(payload => seen.push(payload.created));

    await write(t.fork());

    expect(seen).toEqual(created);
  });

  it('writes what a receiver of PreUpsert changes', async () => {
    await using t = await startStore();
    t.app.get(PreUpsert).connect(
      ({ data, instance }) => {
        Object.assign(data ?? instance!, { note: 'seen' });
      },
      { sender: Stock },
    );
    const em = t.fork();

    await em.upsert(Stock, { sku: 'data' });
    await em.upsert(em.create(Stock, { sku: 'entity' }, { persist: false }));

    expect(await t.fork().findAll(Stock, { orderBy: { sku: 1 } })).toMatchObject([
      { sku: 'data', note: 'seen' },
      { sku: 'entity', note: 'seen' },
    ]);
  });

  it('gives each receiver an EntityManager of its own, in the transaction of the caller', async () => {
    @Injectable()
    class Audit {
      constructor(@Inject(CoreEntityManager) private readonly em: CoreEntityManager) {}

      @OnSignal([PreUpsert, PostUpsert], { sender: Stock })
      write(_payload: object, { signal, em }: Message) {
        expect(this.em.getContext()).toBe(em);
        this.em.create(LogLine, { text: signal.constructor.name });
      }
    }
    await using t = await startStore({}, [Audit]);

    const failing = t.fork().transactional(async em => {
      await em.upsert(Stock, { sku: 'a' });
      expect(await em.count(LogLine)).toBe(2);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await t.fork().count(LogLine)).toBe(0);

    await t.fork().upsert(Stock, { sku: 'a' });
    expect(await t.fork().count(LogLine)).toBe(2);
  });

  it('is stopped by an error of a receiver of PreUpsert', async () => {
    await using t = await startStore();
    t.app.get(PreUpsert).connect(() => Promise.reject(new Error('no')), { sender: Stock });

    await expect(t.fork().upsert(Stock, { sku: 'a' })).rejects.toThrow('no');
    expect(await t.fork().count(Stock)).toBe(0);
  });
});

describe('a bulk write', () => {
  const bulk = { entityManager: withBulkSignals(EntityManager) };

  it('sends nothing by default, and its receivers are warned about at start', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    await using t = await startStore();

    await t.fork().nativeUpdate(Stock, {}, { count: 1 });

    expect(t.app.get(Seen).lines).toEqual([]);
    expect(warn.mock.calls.map(([text]) => String(text))).toEqual(
      expect.arrayContaining([expect.stringMatching(/Seen\.bulk receives PreBulkWrite.*withBulkSignals/)]),
    );
    warn.mockRestore();
  });

  it('sends a signal before and after with `withBulkSignals`, in one transaction', async () => {
    await using t = await startStore(bulk);
    const em = t.fork();

    await em.insert(Stock, { sku: 'a' });
    await em.insertMany(Stock, [{ sku: 'b' }, { sku: 'c' }]);
    const affected = await em.nativeUpdate(Stock, { sku: ['a', 'b'] }, { count: 7 });
    await em.nativeDelete(Stock, { sku: 'c' });

    expect(affected).toBe(2);
    const where = { sku: ['a', 'b'] };
    expect(t.app.get(Seen).lines).toEqual([
      ['PreBulkWrite', 'insert', undefined, { sku: 'a' }, undefined, true],
      ['PostBulkWrite', 'insert', undefined, { sku: 'a' }, 1, true],
      ['PreBulkWrite', 'insert', undefined, [{ sku: 'b' }, { sku: 'c' }], undefined, true],
      ['PostBulkWrite', 'insert', undefined, [{ sku: 'b' }, { sku: 'c' }], 2, true],
      ['PreBulkWrite', 'update', where, { count: 7 }, undefined, true],
      ['PostBulkWrite', 'update', where, { count: 7 }, 2, true],
      ['PreBulkWrite', 'delete', { sku: 'c' }, undefined, undefined, true],
      ['PostBulkWrite', 'delete', { sku: 'c' }, undefined, 1, true],
    ]);
    expect(await t.fork().findAll(Stock, { orderBy: { sku: 1 } })).toMatchObject([{ count: 7 }, { count: 7 }]);
  });

  it.each<[string, (em: CoreEntityManager) => Promise<unknown>]>([
    ['nativeUpdate', em => em.nativeUpdate(Stock, {}, { count: 9 })],
    ['nativeDelete', em => em.nativeDelete(Stock, {})],
    ['insert', em => em.insert(Stock, { sku: 'new' })],
    ['insert of an entity', em => em.insert(em.create(Stock, { sku: 'new' }, { persist: false }))],
    ['insertMany', em => em.insertMany(Stock, [{ sku: 'x' }, { sku: 'y' }])],
    ['a repository', em => em.getRepository(Stock).nativeUpdate({}, { count: 9 })],
  ])('is rolled back by an error of a receiver after it: %s', async (_what, write) => {
    await using t = await startStore(bulk);
    await t.fork().insert(Stock, { sku: 'old', count: 1 });
    t.app.get(PostBulkWrite).connect(() => Promise.reject(new Error('refused')), { sender: Stock });

    await expect(write(t.fork())).rejects.toThrow('refused');

    expect(await t.fork().findAll(Stock)).toMatchObject([{ sku: 'old', count: 1 }]);
  });

  it('joins the transaction that is open, or that it is handed', async () => {
    await using t = await startStore(bulk);
    const transactions: unknown[] = [];
    t.app.get(PostBulkWrite).connect((_payload, { em }) => transactions.push(em!.getTransactionContext()));

    await t.fork().transactional(async em => {
      await em.insert(Stock, { sku: 'a' });
      await t.fork().insert(Stock, { sku: 'b' }, { ctx: em.getTransactionContext()! });
      transactions.push(em.getTransactionContext());
    });

    expect(new Set(transactions).size).toBe(1);
    expect(transactions).toHaveLength(3);
  });

  it('does not flush what is pending', async () => {
    await using t = await startStore(bulk);
    const em = t.fork();
    em.create(Stock, { sku: 'pending' });

    await em.nativeUpdate(Stock, {}, { count: 1 });

    expect(await t.fork().count(Stock)).toBe(0);
    await em.flush();
    expect(await t.fork().count(Stock)).toBe(1);
  });

  it('lets a flush of what a receiver leaves behind be part of it', async () => {
    @Injectable()
    class Audit {
      constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

      @OnSignal(PostBulkWrite, { sender: Stock })
      write({ operation, affected }: PayloadOf<PostBulkWrite, Stock>) {
        this.em.create(LogLine, { text: `${operation} ${affected}` });
      }
    }
    await using t = await startStore(bulk, [Audit]);

    await t.fork().insertMany(Stock, [{ sku: 'b' }, { sku: 'c' }]);

    expect(await t.fork().findAll(LogLine)).toMatchObject([{ text: 'insert 2' }]);
  });

  it('leaves the EntityManager of the driver the one that is injected (@mikro-orm/nestjs 7.1.0)', async () => {
    @Injectable()
    class Service {
      constructor(
        @Inject(EntityManager) readonly driver: EntityManager,
        @Inject(CoreEntityManager) readonly core: CoreEntityManager,
      ) {}
    }
    await using t = await startStore(bulk, [Service]);
    const { driver, core } = t.app.get(Service);

    expect(driver).toBe(core);
    expect(driver).toBeInstanceOf(EntityManager);
    expect(driver.fork().constructor).toBe(driver.constructor);
    expect(driver.constructor).not.toBe(EntityManager);
  });

  it('costs nothing without receivers: no transaction is opened', async () => {
    const sql: string[] = [];
    const config = { ...bulk, logger: (text: string) => sql.push(text), debug: ['query' as const] };
    await using t = await startStore(config);
    sql.length = 0;

    await t.fork().insert(LogLine, { text: 'x' });

    expect(sql.filter(text => /begin|commit/.test(text))).toEqual([]);
    expect(sql).toHaveLength(1);
  });
});
