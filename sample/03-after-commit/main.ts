import { MikroORM } from '@mikro-orm/core';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Orders } from './orders.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
await app.get(MikroORM).schema.create();
const orders = app.get(Orders);

await orders.place(2000, () => console.log('Paid: 20 EUR'));
const refuse = () => {
  throw new Error('Refused: 3000 EUR');
};
await orders.place(300_000, refuse).catch((error: Error) => console.log(error.message));
console.log(`Orders: ${await orders.count()}`);
await app.close();
