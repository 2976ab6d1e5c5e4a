import { EntityManager, RequestContext } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostMigrate, PreMigrate } from 'nestjs-signals';
import { createRequire } from 'node:module';
import { startOrmApp } from '../support/orm.js';

const ThingSchema = defineEntity({ name: 'Thing', properties: { id: p.integer().primary() } });

class Migration1 extends Migration {
  override up() {
    this.addSql('create table "first" (id int)');
  }

  override down() {
    this.addSql('drop table "first"');
  }
}

class Migration2 extends Migration {
  override up() {
    this.addSql('create table "second" (id int)');
  }

  override down() {
    this.addSql('drop table "second"');
  }
}

@Injectable()
class Log {
  readonly lines: unknown[] = [];

  @OnSignal([PreMigrate, PostMigrate])
  migrate({ plan, up, using }: PayloadOf<PreMigrate>, { signal, sender }: Message) {
    this.lines.push([signal.constructor.name, up, ...plan, using, sender!.constructor.name]);
  }

  take() {
    return this.lines.splice(0);
  }
}

/** Adds default rows, as any service would. */
@Injectable()
class Rows {
  readonly seen: unknown[] = [];
  sender: EntityManager | undefined;

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal([PreMigrate, PostMigrate])
  add({ plan }: PayloadOf<PreMigrate>, { em, signal }: Message) {
    if (plan.length === 0) return;
    this.seen.push([signal.constructor.name, em === this.em.getContext(), em === this.sender]);
    this.em.create(ThingSchema, {} as never);
  }
}

async function startMigrating() {
  const migrationsList = [
    { name: 'one', class: Migration1 },
    { name: 'two', class: Migration2 },
  ];
  const config = { migrations: { migrationsList, silent: true, snapshot: false } };
  const started = await startOrmApp({ entities: [ThingSchema], providers: [Log, Rows], config });
  const tables = async () => {
    const sql = `select table_name as name from information_schema.tables where table_name in ('first', 'second')`;
    return (await started.orm.em.getConnection().execute<{ name: string }[]>(sql))
      .map(({ name }: { name: string }) => name)
      .sort();
  };
  return Object.assign(started, { log: started.app.get(Log), tables });
}

const pair = (up: boolean, ...plan: string[]) => [
  ['PreMigrate', up, ...plan, 'default', 'Migrator'],
  ['PostMigrate', up, ...plan, 'default', 'Migrator'],
];

describe('migrations', () => {
  it('send signals with their plan, before the first and after the last', async () => {
    await using t = await startMigrating();
    const during: unknown[] = [];
    for (const signal of [PreMigrate, PostMigrate]) {
      t.app.get(signal).connect(async () => during.push(await t.tables()));
    }

    await t.orm.migrator.up();

    expect(t.log.take()).toEqual(pair(true, 'one', 'two'));
    expect(during).toEqual([[], ['first', 'second']]);
  });

  it('send signals when there is nothing to do, as in Django', async () => {
    await using t = await startMigrating();
    await t.orm.migrator.up();
    t.log.take();

    await t.orm.migrator.up();

    expect(t.log.take()).toEqual(pair(true));
  });

  it('send signals with the migrations that were asked for, and when they are reverted', async () => {
    await using t = await startMigrating();

    await t.orm.migrator.up({ to: 'one' });
    expect(t.log.take()).toEqual(pair(true, 'one'));
    await t.orm.migrator.up('two');
    expect(t.log.take()).toEqual(pair(true, 'two'));
    await t.orm.migrator.down();
    expect(t.log.take()).toEqual(pair(false, 'two'));
    await t.orm.migrator.down({ to: 0 });
    expect(t.log.take()).toEqual(pair(false, 'one'));
    expect(await t.tables()).toEqual([]);
  });

  it('do not begin when a receiver of PreMigrate fails', async () => {
    await using t = await startMigrating();
    t.app.get(PreMigrate).connect(() => Promise.reject(new Error('not on Fridays')));

    await expect(t.orm.migrator.up()).rejects.toThrow('not on Fridays');

    expect(await t.tables()).toEqual([]);
    expect(t.log.take()).toHaveLength(1);
  });

  it('have receivers with an EntityManager of their own, which writes rows where the migrations are run', async () => {
    await using t = await startMigrating();
    const rows = t.app.get(Rows);
    await t.orm.em
      .getConnection()
      .execute('create schema "tenant"; create table "tenant"."thing" (id serial primary key)');

    await RequestContext.create(t.orm.em, async () => {
      rows.sender = t.orm.em.getContext();
      await t.orm.migrator.up({ schema: 'tenant' });
      expect(rows.seen).toEqual([
        ['PreMigrate', true, false],
        ['PostMigrate', true, false],
      ]);
    });

    expect(await t.fork().count(ThingSchema)).toBe(0);
    expect(await t.orm.em.fork({ schema: 'tenant' }).count(ThingSchema)).toBe(2);
  });

  it('are refused when a receiver of PreMigrate cannot write its rows', async () => {
    await using t = await startMigrating();
    t.app.get(PreMigrate).connect((_, { em }) => void em!.create(ThingSchema, { id: 'none' } as never));

    await expect(t.orm.migrator.up()).rejects.toThrow('invalid input syntax');

    expect(await t.tables()).toEqual([]);
  });

  it('are planned by what @mikro-orm/migrations 7.2.1 keeps to itself', () => {
    const { version } = createRequire(import.meta.url)('@mikro-orm/migrations/package.json') as { version: string };
    expect(version).toBe('7.2.1');
  });
});
