// #region app
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { type DynamicModule, Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { pgBoss, SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import { Order, Receipt } from './entities.js';
import { Receipts } from './receipts.js';

/** The application of every process; `work` says whether this process delivers. */
@Module({})
export class AppModule {
  static with({ work }: { work: boolean }): DynamicModule {
    const { DATABASE_URL: clientUrl } = process.env;
    if (!clientUrl) throw new Error('DATABASE_URL is not set. Fix: name an empty PostgreSQL database.');
    return {
      module: AppModule,
      imports: [
        MikroOrmModule.forRoot({
          driver: PostgreSqlDriver,
          clientUrl,
          entities: [Order, Receipt],
          schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] },
        }),
        SignalsModule.forRoot({ durable: pgBoss({ work }) }),
      ],
      providers: [Receipts],
    };
  }
}
// #endregion
