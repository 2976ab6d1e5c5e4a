import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

// Delivers until it is stopped; any number of workers may run.

const app = await NestFactory.createApplicationContext(AppModule.with({ work: true }), { logger: ['warn', 'error'] });
app.enableShutdownHooks();
