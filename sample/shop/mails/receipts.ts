import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf } from 'nestjs-signals';
import { Customer } from '../customers/customer.entity.js';
import { note } from '../journal.js';
import { OrderPlaced } from '../orders/order-placed.signal.js';
import { Order } from '../orders/order.entity.js';
import { Mail } from './mail.entity.js';

@Injectable()
export class Receipts {
  constructor(private readonly em: EntityManager) {}

  /**
   * The message is stored with the order, and the mail with its completion: every order that is stored has one receipt,
   * whichever process dies meanwhile.
   */
  @OnSignal(OrderPlaced, { uid: 'receipts.mail', delivery: durable({ retryLimit: 5 }) })
  async mail({ orderId, totalCents }: PayloadOf<OrderPlaced>, message: Message): Promise<void> {
    const customer = await this.customerOf(orderId);
    if (!customer) return;
    const total = (totalCents / 100).toFixed(2);
    const subject = `Your receipt for order ${orderId}`;
    const text = `Dear ${customer.name},\n\nthank you for order ${orderId}: ${total} EUR.`;
    this.em.create(Mail, { recipient: customer.email, subject, text });
    note(message, `Order #${orderId}`, `mails a receipt to ${customer.email}`);
  }

  /** Null when the customer has left. A customer who leaves now waits until the mail is stored, and deletes it, too. */
  private async customerOf(orderId: number): Promise<Customer | null> {
    const { customer } = await this.em.findOneOrFail(Order, orderId);
    if (!customer) return null;
    return this.em.findOne(Customer, customer.id, { lockMode: LockMode.PESSIMISTIC_READ });
  }
}
