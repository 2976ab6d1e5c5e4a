import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
const login = `${await app.getUrl()}/login`;
await fetch(login, { method: 'POST', body: new URLSearchParams({ username: 'ann', password: 'a guess' }) });
await fetch(login, { method: 'POST', body: new URLSearchParams({ username: 'ann', password: 'correct horse' }) });
await app.close();
