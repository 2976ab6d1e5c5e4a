import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf } from 'nestjs-signals';
import { note } from '../journal.js';
import { OrderPlaced } from '../orders/order-placed.signal.js';
import { Order } from '../orders/order.entity.js';
import { Mail } from './mail.entity.js';

@Injectable()
export class Receipts {
  constructor(private readonly em: EntityManager) {}

  /** After COMMIT: there is no receipt for an order that is not stored, and the order stands whatever becomes of its receipt. */
  @OnSignal(OrderPlaced, { delivery: afterCommit })
  async mail({ orderId, totalCents }: PayloadOf<OrderPlaced>, message: Message): Promise<void> {
    const { customer } = await this.em.findOneOrFail(Order, orderId, { populate: ['customer'] });
    if (!customer) return;
    const total = (totalCents / 100).toFixed(2);
    const subject = `Your receipt for order ${orderId}`;
    const text = `Dear ${customer.name},\n\nthank you for order ${orderId}: ${total} EUR.`;
    this.em.create(Mail, { recipient: customer.email, subject, text });
    await this.em.flush();
    note(message, `Order #${orderId}`, `mails a receipt to ${customer.email}`);
  }
}
