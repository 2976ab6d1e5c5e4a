import { MikroORM } from '@mikro-orm/core';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Order } from './entities.js';

const { DATABASE_URL, ROLE } = process.env;
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set. Fix: name a PostgreSQL database.');
const isWorker = ROLE === 'worker';
const module = AppModule.on(DATABASE_URL, isWorker);
const app = await NestFactory.createApplicationContext(module, { logger: ['warn', 'error'] });
app.enableShutdownHooks();
if (!isWorker) {
  const orm = app.get(MikroORM);
  await orm.schema.update({ safe: true });
  const em = orm.em.fork();
  const order = em.create(Order, { total: 30 });
  await em.flush();
  console.log(`Order ${order.id} is taken`);
  await app.close();
}
