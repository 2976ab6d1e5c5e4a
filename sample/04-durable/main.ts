import { MikroORM } from '@mikro-orm/core';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Order } from './entities.js';

// Takes an order, and delivers nothing.

const app = await NestFactory.createApplicationContext(AppModule.with({ work: false }), { logger: ['warn', 'error'] });
const orm = app.get(MikroORM);
await orm.schema.update({ safe: true });
const em = orm.em.fork();
const order = em.create(Order, { total: 30 });
await em.flush();
console.log(`Order ${order.id} is taken`);
await app.close();
