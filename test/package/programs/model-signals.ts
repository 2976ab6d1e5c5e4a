import { defineEntity, MikroORM, p } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Message, OnSignal, type PayloadOf, PostSave, SignalsModule } from 'nestjs-signals';

// A user's program, see first-signal.ts, with MikroORM on the SQLite that Node brings along.

const OrderSchema = defineEntity({ name: 'Order', properties: { id: p.integer().primary(), status: p.string() } });
class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

@Injectable()
class Warehouse {
  @OnSignal(PostSave, { sender: Order, fields: ['status'] })
  async print({ instance, created, changes }: PayloadOf<PostSave, Order>, { em }: Message): Promise<void> {
    // @ts-expect-error -- The types of the package are there: an order has no such field.
    void changes.colour;
    console.log(`order ${instance.id} ${created ? 'created' : 'updated'}:`, JSON.stringify(changes.status));
    console.log('orders in the same transaction:', await em?.count(Order));
  }
}

@Module({
  imports: [
    MikroOrmModule.forRoot({
      driver: SqliteDriver,
      driverOptions: new NodeSqliteDialect(':memory:'),
      dbName: ':memory:',
      entities: [Order],
    }),
    SignalsModule.forRoot(),
  ],
  providers: [Warehouse],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const orm = app.get(MikroORM);
  await orm.schema.create();
  const em = orm.em.fork();
  const order = em.create(Order, { status: 'placed' });
  await em.flush();
  order.status = 'cancelled';
  await em.flush();
  await app.close();
}

void main();
