import { NestFactory } from '@nestjs/core';
import { AppModule, OrderPlaced } from './receipts.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
// A service injects it: constructor(private readonly orderPlaced: OrderPlaced) {}
// #region send
await app.get(OrderPlaced).send('the shop', { orderId: 1, total: 30 });
// #endregion
await app.close();
