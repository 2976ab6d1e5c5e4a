import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import type { Customer } from '../customers/customer.entity.js';
import { Product } from '../products/product.entity.js';
import { Order } from './order.entity.js';
import { OrderPlaced } from './order-placed.signal.js';
import type { OrderForm } from './order-form.js';

@Injectable()
export class OrdersService {
  constructor(
    private readonly em: EntityManager,
    private readonly orderPlaced: OrderPlaced,
  ) {}

  /** @throws NotFoundException for a product that is not sold here; ConflictException for one that is sold out. */
  async place(customer: Customer, { lines }: OrderForm): Promise<Order> {
    const products = await this.em.find(Product, { id: { $in: lines.map(({ productId }) => productId) } });
    const ordered = lines.map(({ productId, quantity }) => {
      const product = products.find(({ id }) => id === productId);
      if (!product) throw new NotFoundException(`There is no product ${productId}.`);
      return { product, quantity, priceCents: product.priceCents };
    });
    const totalCents = ordered.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0);
    return this.em.transactional(async em => {
      const order = em.create(Order, { customer, status: 'placed', totalCents, lines: ordered });
      await em.flush();
      await this.orderPlaced.send(this, { orderId: order.id, totalCents });
      return order;
    });
  }

  /** @throws NotFoundException, ConflictException when it has been cancelled before. */
  cancel(customer: Customer, id: number): Promise<Order> {
    return this.em.transactional(async em => {
      const order = await em.findOne(Order, { id, customer }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!order) throw new NotFoundException(`You have no order ${id}.`);
      if (order.status === 'cancelled') throw new ConflictException(`Order ${id} has been cancelled already.`);
      order.status = 'cancelled';
      return order;
    });
  }

  async find(customer: Customer, id: number): Promise<Order> {
    const order = await this.em.findOne(Order, { id, customer });
    if (!order) throw new NotFoundException(`You have no order ${id}.`);
    return order;
  }

  /** The newest first. */
  list(customer: Customer): Promise<Order[]> {
    return this.em.find(Order, { customer }, { orderBy: { id: 'desc' } });
  }
}
