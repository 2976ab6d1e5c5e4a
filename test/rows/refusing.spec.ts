import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import { afterCommit, durable, through } from 'nestjs-signals';
import { RowSignals, rowSignals, rowTriggers } from 'nestjs-signals/rows';
import { quiet } from '../support/quiet.js';
import { Order, OrderSchema, Tag, TagSchema } from './entities.js';
import { CONFIG, receiverOn, type RowsAppOptions, startRowsApp } from './rows-app.js';

quiet();

const ENTITIES = [OrderSchema, TagSchema];
@RowSignals()
class Marked {}
const MarkedSchema = defineEntity({ class: Marked, properties: { id: p.integer().primary() } } as never);

const STORED = { uid: 'rows', delivery: durable() };

/** Starts an application with a receiver of RowChanged on these terms. */
async function start(terms: object, more: Partial<RowsAppOptions> = {}) {
  await using _app = await startRowsApp({ entities: ENTITIES, providers: [receiverOn(terms)], ...more });
}

describe('A receiver of RowChanged is refused at start', () => {
  it.each([
    ['whose entity is not signalled', { ...STORED, sender: Tag }, 'ROWS_NOT_SENT', /@RowSignals\(\) on the entity/],
    ['whose relation is not signalled', { ...STORED, sender: through(Tag, 'nothing' as never) }, 'ROWS_NOT_SENT', /./],
    ['whose sender is no entity', { ...STORED, sender: class Other {} }, 'ROWS_NOT_SENT', /give an entity/],
    ['that is not durable', { uid: 'rows', sender: Order, delivery: afterCommit }, 'DELIVERY_NOT_AVAILABLE', /durable/],
    ['that is inline', { uid: 'rows', sender: Order }, 'DELIVERY_NOT_AVAILABLE', /durable/],
    [
      'that asks for an omitted field',
      { ...STORED, sender: Order, fields: ['note'] },
      'UNKNOWN_FIELD',
      /status, total/,
    ],
    ['that asks for a hidden field', { ...STORED, sender: Order, fields: ['password'] }, 'UNKNOWN_FIELD', /status/],
    ['that has no uid', { sender: Order, delivery: durable() }, 'UID_REQUIRED', /uid/],
  ])('%s', async (_which, terms, code, text) => {
    await expect(start(terms)).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string });
  });

  it('where the configuration of MikroORM has no triggers', async () => {
    const started = start({ ...STORED, sender: Marked }, { config: { discovery: {} }, entities: [MarkedSchema] });
    await expect(started).rejects.toThrow('discovery: { afterDiscovered: rowTriggers() }');
  });

  it('whose entity is abstract, and whose leaves send its rows', async () => {
    abstract class Animal {}
    class Cat extends Animal {}
    const animal = defineEntity({
      class: Animal,
      abstract: true,
      discriminatorColumn: 'kind',
      properties: { id: p.integer().primary(), kind: p.string() },
      triggers: rowSignals(),
    } as never);
    const cat = defineEntity({ class: Cat, extends: animal, discriminatorValue: 'cat', properties: {} } as never);
    const entities = [animal, cat];
    const started = start({ ...STORED, sender: Animal }, { entities });
    await expect(started).rejects.toThrow('it is abstract, so add `includeSubclasses: true`');
    await start({ ...STORED, sender: Animal, includeSubclasses: true }, { entities });
  });

  it('where the database has other triggers than the entities ask for, with the SQL that makes them', async () => {
    await using t = await startRowsApp({ entities: ENTITIES });
    await t.sql(`do $$ declare t name; begin select tgname into t from pg_trigger where tgname like 'signals_update%' and tgrelid = '"order"'::regclass;
      execute format('alter trigger %I on "order" rename to signals_update_00000000', t); end $$`);
    await t.sql('alter table "order_tags" disable trigger user');
    // As MikroORM makes it again from what it reads of it in the database.
    await t.sql(`do $$ declare t name; begin select tgname into t from pg_trigger where tgname like 'signals_insert%' and tgrelid = '"order"'::regclass;
      execute format('drop trigger %I on "order"; create trigger %I after insert on "order" for each statement execute function %I()', t, t, 'order_' || t || '_fn'); end $$`);
    const other = () => start({ ...STORED, sender: Order }, { clientUrl: t.url });
    const error = (await other().catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'TRIGGERS_MISSING' });
    const sql = error.message.split('\n\n').slice(1).join('\n\n');
    expect(sql).toContain('drop trigger "signals_update_00000000" on "public"."order"');
    expect(sql).toContain('drop trigger "signals_insert_');
    expect(sql).toContain('enable trigger');
    await t.sql(sql);
    await other();
  });

  it('where the application keeps no durable messages', async () => {
    const started = start({ ...STORED, sender: Order }, { signals: { durable: undefined } });
    await expect(started).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('fix: say SignalsModule.forRoot({ durable: pgBoss({ rows: true }) })') as string,
    });
  });

  it('and warned where nothing sends row changes', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await start({ ...STORED, sender: Order }, { options: { rows: false } });
    expect(warn.mock.calls.flat().join('\n')).toContain('pgBoss({ rows: true })');
  });
});

describe('@RowSignals', () => {
  it.each([
    [{ omit: 'note' }, /option 'omit'/],
    [{ onyl: ['note'] }, /option 'onyl'/],
    [{ omit: ['a'], only: ['b'] }, /both 'omit' and 'only'/],
    [null, /./],
  ])('refuses the options %j', (options, text) => {
    for (const decorate of [RowSignals, rowSignals]) {
      expect(() => decorate(options as never)).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringMatching(text) as string }),
      );
    }
  });

  it('refuses a property that the entity does not have', async () => {
    const entity = defineEntity({
      name: 'Note',
      properties: { id: p.integer().primary() },
      triggers: rowSignals({ only: ['text'] }),
    } as never);
    const start = MikroORM.init({ entities: [entity], dbName: 'none', connect: false, ...CONFIG } as never);
    await expect(start).rejects.toMatchObject({ code: 'UNKNOWN_FIELD' });
  });

  it.each([
    ['SQLite', SqliteDriver],
    ['MySQL and MariaDB', MariaDbDriver],
  ])('refuses %s', async (_which, driver) => {
    const config = { driver, entities: ENTITIES, dbName: ':memory:', connect: false, ...CONFIG };
    await expect(MikroORM.init(config as never)).rejects.toMatchObject({
      code: 'DELIVERY_NOT_AVAILABLE',
      message: expect.stringContaining('need PostgreSQL') as string,
    });
  });

  it('refuses a schema that pgBoss() does not take', () => {
    expect(() => rowTriggers({ notify: 'no' as never })).toThrow(/notify[^]*give true or false/);
    expect(() => rowTriggers({ schema: 'Some "schema"' })).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });
});
