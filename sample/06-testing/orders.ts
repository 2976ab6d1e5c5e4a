import { defineEntity, EntityManager, p } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { Controller, Injectable, Module, Post } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf, PostSave, Signal, SignalsModule } from 'nestjs-signals';

const OrderSchema = defineEntity({
  name: 'Order',
  properties: { id: p.integer().primary(), total: p.integer(), status: p.string() },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

export class OrderPlaced extends Signal<{ orderId: number; total: number }> {}

@Controller('orders')
export class Orders {
  constructor(
    private readonly em: EntityManager,
    private readonly orderPlaced: OrderPlaced,
  ) {}

  @Post()
  async place(): Promise<void> {
    await this.em.transactional(async em => {
      const order = em.create(Order, { total: 30, status: 'placed' });
      await em.flush();
      await this.orderPlaced.send(this, { orderId: order.id, total: order.total });
    });
  }
}

@Injectable()
export class Receipts {
  readonly mails: string[] = [];

  @OnSignal(OrderPlaced, { uid: 'receipts.mail', sender: Orders, delivery: afterCommit })
  async mail({ orderId, total }: PayloadOf<OrderPlaced>): Promise<void> {
    this.mails.push(`Order ${orderId}: ${total} EUR`);
  }
}

@Injectable()
export class Warehouse {
  @OnSignal(PostSave, { sender: Order, fields: ['status'] })
  pack({ instance, changes }: PayloadOf<PostSave, Order>, { context }: Message): string {
    return `${changes.status?.to} by ${String(context.actor)}: ${instance.total} EUR`;
  }
}

// #region database
export const database = {
  driver: SqliteDriver,
  driverOptions: new NodeSqliteDialect(':memory:'),
  dbName: ':memory:',
  entities: [Order],
};
// #endregion

@Module({
  imports: [MikroOrmModule.forRoot(database), SignalsModule.forRoot()],
  controllers: [Orders],
  providers: [OrderPlaced, Receipts, Warehouse],
})
export class AppModule {}
