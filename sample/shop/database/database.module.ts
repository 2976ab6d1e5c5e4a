import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { rowTriggers } from 'nestjs-signals/rows';
import { AuditEntry } from '../audit/audit-entry.entity.js';
import { Customer } from '../customers/customer.entity.js';
import { Mail } from '../mails/mail.entity.js';
import { Order, OrderLine } from '../orders/order.entity.js';
import { Product } from '../products/product.entity.js';
import { LoginRecord } from '../sessions/login-record.entity.js';
import { DatabaseServer } from './database-server.js';

/** MikroORM on the server of `DatabaseServer`, with the tables of the shop. */
@Global()
@Module({
  imports: [
    MikroOrmModule.forRootAsync({
      driver: PostgreSqlDriver,
      inject: [DatabaseServer],
      useFactory: ({ url }: DatabaseServer) => ({
        driver: PostgreSqlDriver,
        clientUrl: url,
        // In a database that is shared, the tables of others are left alone.
        schema: 'shop',
        schemaGenerator: { ignoreSchema: ['shop_signals'] },
        discovery: { afterDiscovered: rowTriggers({ schema: 'shop_signals' }) },
        entities: [AuditEntry, Customer, LoginRecord, Mail, Order, OrderLine, Product],
      }),
    }),
  ],
  providers: [{ provide: DatabaseServer, useFactory: () => DatabaseServer.start() }],
  exports: [DatabaseServer],
})
export class DatabaseModule implements OnModuleInit {
  constructor(private readonly orm: MikroORM) {}

  /** The module is global: the tables exist before any other module starts. */
  async onModuleInit(): Promise<void> {
    await this.orm.schema.update({ safe: true });
  }
}
