import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';
import { inProcess } from 'nestjs-signals/testing';
import { AuditLog } from './audit-log.js';
import { Attachment, AuditEntry, Customer, Product, Review } from './entities.js';
import { FileCleanUp } from './file-clean-up.js';
import { Nightly } from './nightly.js';
import { ProductShipped } from './payload-version.js';
import { ProductCache } from './product-cache.js';
import { ReviewCount } from './review-count.js';
import { SoftDelete } from './soft-delete.js';
import { WEBHOOK_URL, Webhooks } from './webhooks.js';
import { Mailer, WelcomeMail } from './welcome-mail.js';

/** On the SQLite of Node, with durable messages in the process; an application has `pgBoss()` on PostgreSQL instead. */
const database = { driver: SqliteDriver, driverOptions: new NodeSqliteDialect(':memory:'), dbName: ':memory:' };
const entities = [Product, Review, Attachment, Customer, AuditEntry];

@Module({
  imports: [MikroOrmModule.forRoot({ ...database, entities }), SignalsModule.forRoot({ durable: inProcess() })],
  providers: [
    AuditLog,
    FileCleanUp,
    Mailer,
    Nightly,
    ProductCache,
    ProductShipped,
    ReviewCount,
    SoftDelete,
    Webhooks,
    WelcomeMail,
    { provide: WEBHOOK_URL, useFactory: () => process.env.WEBHOOK_URL },
  ],
})
export class AppModule {}
