import { NestFactory } from '@nestjs/core';
import { AppModule, Orders } from './orders.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
await app.get(Orders).place(1, 30);
await app.close();
