import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { ApiModule } from './api/api.module.js';
import { AuditModule } from './audit/audit.module.js';
import { CustomersModule } from './customers/customers.module.js';
import { DatabaseModule } from './database/database.module.js';
import { MailsModule } from './mails/mails.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { ProductsModule } from './products/products.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { contextOf } from './shop-context.js';

export interface AppOptions {
  /** Whether this process delivers durable messages, its own and those of other processes. */
  readonly work: boolean;
}

@Module({})
export class AppModule {
  static with({ work }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule,
        SignalsModule.forRoot({ context: contextOf, durable: pgBoss({ schema: 'shop_signals', work, rows: true }) }),
        SessionsModule,
        CustomersModule,
        ProductsModule,
        OrdersModule,
        ApiModule,
        MailsModule,
        AuditModule,
        SignalsInspectorModule.forRoot({ payloads: true }),
      ],
      // Checks the body of requests: `@Body({ schema })`.
      providers: [{ provide: APP_PIPE, useClass: StandardSchemaValidationPipe }],
    };
  }
}
