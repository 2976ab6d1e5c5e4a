import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { config } from './mikro-orm.config.js';
import { SearchIndex } from './search-index.js';

@Module({
  imports: [MikroOrmModule.forRoot(config), SignalsModule.forRoot({ durable: pgBoss({ rows: true }) })],
  providers: [SearchIndex],
})
export class AppModule {}
