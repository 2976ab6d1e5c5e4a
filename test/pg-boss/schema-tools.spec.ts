import { jest } from '@jest/globals';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durable } from 'nestjs-signals';
import { SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import { type DurableApp, OrderPlaced, OrderSchema, ReceiptSchema, startDurable } from './orders.js';

jest.setTimeout(60_000);
let warn: jest.SpiedFunction<Logger['warn']>;
beforeEach(() => {
  warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

const NOTHING_IGNORED = { schemaGenerator: {} };

/** An application that keeps one message, and does not deliver it. */
async function startWithMessage(config: object, schema?: string): Promise<DurableApp> {
  const t = await startDurable({ config }, { work: false, ...(schema !== undefined && { schema }) });
  t.app.get(OrderPlaced).connect(() => {}, { uid: 'waits', delivery: durable() });
  await t.placed.send('somebody', { name: 'a' });
  return t;
}

async function waiting(t: DurableApp): Promise<unknown> {
  const counts = await t.durable.counts();
  return counts.find(({ receiver }) => receiver === 'waits')?.waiting;
}

describe('the schema of the durable messages', () => {
  it.each([undefined, 'my_jobs', 'user'])('is left alone by the schema generator: %p', async schema => {
    await using t = await startWithMessage(NOTHING_IGNORED, schema);

    expect(await t.orm.schema.getUpdateSchemaSQL()).not.toMatch(schema ?? SIGNALS_SCHEMA);
    await t.orm.schema.update();
    await t.orm.schema.drop();
    await t.orm.schema.create();

    expect(await waiting(t)).toBe(1);
  });

  it('is left alone by migrations', async () => {
    const path = await mkdtemp(join(tmpdir(), 'migrations-'));
    await using t = await startWithMessage({
      ...NOTHING_IGNORED,
      extensions: [Migrator],
      migrations: { path, snapshot: false },
    });

    const { diff } = await t.orm.migrator.create();

    expect([...diff.up, ...diff.down].filter(sql => sql.includes(SIGNALS_SCHEMA))).toEqual([]);
    await rm(path, { recursive: true });
  });

  it('is left alone by a MikroORM without the module, where its configuration says so', async () => {
    await using t = await startWithMessage(NOTHING_IGNORED);
    const config = {
      driver: PostgreSqlDriver,
      clientUrl: t.orm.config.get('clientUrl')!,
      entities: [OrderSchema, ReceiptSchema],
      schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] },
    };
    const tool = await MikroORM.init(config);

    await tool.schema.update();
    await tool.close();

    expect(await waiting(t)).toBe(1);
  });

  it('is not said to be missing where a migration has made it, and only its tables are', async () => {
    await using t = await startDurable();
    await t.orm.em.getConnection().execute('create schema made_before');
    const config = { clientUrl: t.orm.config.get('clientUrl')! };
    const startOn = (schema: string) => startDurable({ config, hasTables: true }, { schema, migrate: false });

    await expect(startOn('made_before')).rejects.toThrow(
      /"made_before" is there, without the tables of pg-boss[^]*SQL below/,
    );
    await expect(startOn('not_made')).rejects.toThrow('there is no schema "not_made"');
  });

  it('is warned of at start where the configuration does not ignore it', async () => {
    await using _ = await startWithMessage({ schemaGenerator: { ignoreSchema: ['other'] } });

    expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
      expect.stringMatching(/'default'[^]*'signals'[^]*fix: add `schemaGenerator/),
    ]);
    expect(_.orm.config.get('schemaGenerator').ignoreSchema).toEqual(['other', 'signals']);
  });

  it('is not warned of where it does', async () => {
    await using _ = await startWithMessage({ schemaGenerator: { ignoreSchema: ['signals'] } });

    expect(warn).not.toHaveBeenCalled();
  });
});
