import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// Delivers until it is stopped; there may be any number of it.

const app = await NestFactory.createApplicationContext(AppModule.with({ work: true }), { logger: ['warn', 'error'] });
app.enableShutdownHooks();
