import { EntityManager, MikroORM, type Options } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { ModuleMetadata } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { compileApp } from './app.js';
import { createTestDatabase } from './database.js';

interface OrmApp extends AsyncDisposable {
  readonly app: TestingModule;
  readonly orm: MikroORM;
  /** A fresh EntityManager, as a request would have. */
  fork(): EntityManager;
}

interface OrmAppMetadata extends ModuleMetadata {
  entities: NonNullable<Options['entities']>;
  config?: Partial<Options>;
  signals?: SignalsModuleOptions;
}

/** A running application with a PostgreSQL database of its own, unless `config` names one; all gone at the end of the block. */
export async function startOrmApp({ entities, config, signals, ...metadata }: OrmAppMetadata): Promise<OrmApp> {
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
    await orm.schema.create();
    await app.init();
  } catch (error) {
    await stop();
    throw error;
  }
  return { app, orm, fork: () => orm.em.fork(), [Symbol.asyncDispose]: stop };
}
