import { MikroORM } from '@mikro-orm/core';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Order } from './entities.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const orm = app.get(MikroORM);
await orm.schema.create();
const em = orm.em.fork();
const order = em.create(Order, { status: 'placed' });
await em.flush();
order.status = 'cancelled';
await em.flush();
await app.close();
