import { setTimeout as pause } from 'node:timers/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { NestFactory } from '@nestjs/core';
import { SignalRegistry } from 'nestjs-signals';
import { AppModule } from './app.module.js';
import { config } from './mikro-orm.config.js';
import { Product } from './product.js';
import { SearchIndex } from './search-index.js';

if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set. Fix: name an empty PostgreSQL database.');

// As a deployment does with migrations: the triggers are part of the schema.
const stranger = await MikroORM.init(config);
await stranger.schema.update();

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const index = app.get(SearchIndex);

/** Waits until the index finds this many products. */
async function found(word: string, count: number): Promise<void> {
  while (index.find(word).length !== count) await pause(10);
}

await app.get(SignalRegistry).withContext({ actor: 'the shop' }, async () => {
  const em = app.get(MikroORM).em.fork();
  em.create(Product, { id: 1, name: 'red shoe', cost: 20 });
  await em.flush();
});
await found('red', 1);

// Somebody at work with `psql`.
await stranger.em.getConnection().execute(`update product set name = 'blue shoe', cost = 10`);
await found('blue', 1);
await stranger.em.getConnection().execute('delete from product');
await found('blue', 0);

await stranger.close();
await app.close();
