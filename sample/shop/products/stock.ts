import { EntityManager, raw } from '@mikro-orm/postgresql';
import { ConflictException, Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { note } from '../journal.js';
import { Order, OrderLine } from '../orders/order.entity.js';
import { Product } from './product.entity.js';

/** Keeps the stock of each product. Its writes are in the transaction of the order: both are stored, or neither. */
@Injectable()
export class Stock {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(PostSave, { sender: Order, fields: ['status'] })
  async keep({ instance: { id, status } }: PayloadOf<PostSave, Order>, message: Message): Promise<void> {
    const report = (deed: string) => note(message, `Order #${id}`, deed);
    // Always in the same order, so that two customers never wait for each other.
    const orderBy = { product: 'asc' } as const;
    const lines = await this.em.find(OrderLine, { order: id }, { populate: ['product'], orderBy });
    for (const line of lines) await (status === 'placed' ? this.take(line, report) : this.putBack(line, report));
  }

  /** One statement, so that two customers cannot take the last one. */
  private async take({ product, quantity }: OrderLine, report: (deed: string) => void): Promise<void> {
    const isEnough = { id: product.id, stock: { $gte: quantity } };
    const taken = await this.em.nativeUpdate(Product, isEnough, { stock: raw('stock - ?', [quantity]) });
    report(`${taken === 0 ? 'has not' : 'takes'} ${quantity} x ${product.name}`);
    if (taken === 0) throw new ConflictException(`There are not ${quantity} x ${product.name} left.`);
  }

  private async putBack({ product, quantity }: OrderLine, report: (deed: string) => void): Promise<void> {
    await this.em.nativeUpdate(Product, product.id, { stock: raw('stock + ?', [quantity]) });
    report(`puts back ${quantity} x ${product.name}`);
  }
}
