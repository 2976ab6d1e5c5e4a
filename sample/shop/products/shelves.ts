import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf } from 'nestjs-signals';
import { note } from '../journal.js';
import { OrderPlaced } from '../orders/order-placed.signal.js';
import { OrderLine } from '../orders/order.entity.js';

/** Reports sold-out products in the journal: after COMMIT, because an order may be undone until then. */
@Injectable()
export class Shelves {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(OrderPlaced, { delivery: afterCommit })
  async look({ orderId }: PayloadOf<OrderPlaced>, message: Message): Promise<void> {
    const soldOut = { order: orderId, product: { stock: 0 } };
    const lines = await this.em.find(OrderLine, soldOut, { populate: ['product'], orderBy: { id: 'asc' } });
    for (const { product } of lines) note(message, `Order #${orderId}`, `the last ${product.name} is sold`);
  }
}
