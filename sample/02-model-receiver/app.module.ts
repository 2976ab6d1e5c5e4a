// #region app
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { HistoryEntry, Order } from './entities.js';
import { OrderHistory } from './order-history.js';

/** On the SQLite of Node; with another driver nothing else changes. */
const database = { driver: SqliteDriver, driverOptions: new NodeSqliteDialect(':memory:'), dbName: ':memory:' };

@Module({
  imports: [MikroOrmModule.forRoot({ ...database, entities: [Order, HistoryEntry] }), SignalsModule.forRoot()],
  providers: [OrderHistory],
})
export class AppModule {}
// #endregion
