import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { Order } from './entities.js';
import { Mails } from './mails.js';
import { OrderPlaced, Orders } from './orders.js';

/** On the SQLite of Node; with another driver nothing else changes. */
const database = { driver: SqliteDriver, driverOptions: new NodeSqliteDialect(':memory:'), dbName: ':memory:' };

@Module({
  imports: [MikroOrmModule.forRoot({ ...database, entities: [Order] }), SignalsModule.forRoot()],
  providers: [OrderPlaced, Orders, Mails],
})
export class AppModule {}
