import { EntityManager, MikroORM } from '@mikro-orm/core';
import { getEntityManagerToken, getMikroORMToken, MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { afterCommit, afterRollback, beforeCommit, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../../support/app.js';
import { createTestDatabase } from '../../support/database.js';
import { ItemSchema, Placed } from './items.js';

export let app: Awaited<ReturnType<typeof compileApp>>;
export let drop: (() => Promise<void>)[];
export let placed: Placed;
export let connections: Disposable[];
export let calls: string[];

beforeAll(async () => {
  const databases = [await createTestDatabase(), await createTestDatabase()];
  drop = databases.map(database => () => database.drop());
  const config = { driver: PostgreSqlDriver, entities: [ItemSchema] };
  app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...config, clientUrl: databases[0]!.url }),
      MikroOrmModule.forRoot({ ...config, clientUrl: databases[1]!.url, contextName: 'archive' }),
      SignalsModule.forRoot(),
    ],
    providers: [Placed],
  });
  for (const token of [MikroORM, getMikroORMToken('archive')]) await app.get<MikroORM>(token).schema.create();
  await app.init();
  placed = app.get(Placed);
});

afterAll(async () => {
  await app.close();
  await Promise.all(drop.map(one => one()));
});

beforeEach(() => {
  calls = [];
  connections = [beforeCommit, afterCommit, afterRollback].map(delivery =>
    placed.connect(({ name }, { em }) => calls.push(`${delivery.name} ${name} ${em?.name}`), {
      delivery,
      uid: delivery.name,
    }),
  );
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

export const em = () => app.get(EntityManager).fork();
export const archive = () => app.get<EntityManager>(getEntityManagerToken('archive')).fork();
export const send = (name: string, options?: { em: EntityManager }) => placed.send(null, { name }, options);
