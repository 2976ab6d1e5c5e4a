import { EntityManager, MikroORM, type Options } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { ModuleMetadata } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { compileApp } from './app.js';
import { createTestDatabase } from './database.js';

export interface OrmApp extends AsyncDisposable {
  readonly app: TestingModule;
  readonly orm: MikroORM;
  /** A fresh EntityManager, as a request would have. */
  fork(): EntityManager;
}

interface OrmAppMetadata extends ModuleMetadata {
  entities: NonNullable<Options['entities']>;
  config?: Partial<Options>;
  signals?: SignalsModuleOptions;
  /** Whether another application has made the tables of the database that `config` names. */
  hasTables?: boolean;
}

/** A running application with a PostgreSQL database of its own, unless `config` names one; all gone at the end of the block. */
export async function startOrmApp({
  entities,
  config,
  signals,
  hasTables = false,
  ...metadata
}: OrmAppMetadata): Promise<OrmApp> {
  const isElsewhere = config !== undefined && 'clientUrl' in config;
  const database = isElsewhere ? undefined : await createTestDatabase();
  const url = database && { clientUrl: database.url };
  const root = MikroOrmModule.forRoot({ driver: PostgreSqlDriver, ...url, entities, ...config });
  const imports = [root, SignalsModule.forRoot(signals), ...(metadata.imports ?? [])];
  const app = await compileApp({ ...metadata, imports });
  const orm = app.get<MikroORM>(MikroORM);
  const stop = async () => {
    await app.close();
    await database?.drop();
  };
  try {
    if (!hasTables) await orm.schema.create();
    await app.init();
  } catch (error) {
    await stop();
    throw error;
  }
  return { app, orm, fork: () => orm.em.fork(), [Symbol.asyncDispose]: stop };
}

/** One application for the tests of a block or a file; for each of them its tables are empty. */
export function sharedOrmApp(metadata: OrmAppMetadata): () => OrmApp {
  let started: OrmApp | undefined;
  beforeAll(async () => {
    started = await startOrmApp(metadata);
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  beforeEach(() => started!.orm.em.getConnection().execute(DELETE_ROWS));
  return () => started!;
}

const DELETE_ROWS = `
  DO $$
  DECLARE one regclass;
  BEGIN
    FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0 LOOP
      EXECUTE format('TRUNCATE %s CASCADE', one);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences
      WHERE last_value IS NOT NULL;
  END $$`;
