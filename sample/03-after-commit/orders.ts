import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Signal } from 'nestjs-signals';
import { Order } from './entities.js';

// #region orders
export class OrderPlaced extends Signal<{ orderId: number; totalCents: number }> {}

@Injectable()
export class Orders {
  constructor(
    private readonly em: EntityManager,
    private readonly orderPlaced: OrderPlaced,
  ) {}

  /** All or nothing: an order whose payment fails is not placed. */
  place(totalCents: number, pay: () => void): Promise<void> {
    return this.em.transactional(async em => {
      const order = em.create(Order, { totalCents });
      await em.flush();
      await this.orderPlaced.send(this, { orderId: order.id, totalCents });
      pay();
    });
  }
  // #endregion

  count(): Promise<number> {
    return this.em.fork().count(Order);
  }
}
