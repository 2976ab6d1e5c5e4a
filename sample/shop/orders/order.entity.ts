import { defineEntity, p } from '@mikro-orm/postgresql';
import { Customer } from '../customers/customer.entity.js';
import { Product } from '../products/product.entity.js';

const OrderSchema = defineEntity({
  name: 'Order',
  properties: {
    id: p.integer().primary(),
    /** Null when the customer has left: the books are kept. */
    customer: () => p.manyToOne(Customer).nullable().deleteRule('set null'),
    status: p.enum(['placed', 'cancelled']),
    totalCents: p.integer(),
    placedAt: p.datetime().onCreate(() => new Date()),
    lines: () => p.oneToMany(OrderLine).mappedBy('order'),
  },
});

export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const OrderLineSchema = defineEntity({
  name: 'OrderLine',
  properties: {
    id: p.integer().primary(),
    order: () => p.manyToOne(Order),
    product: () => p.manyToOne(Product),
    quantity: p.integer(),
    /** The price of one piece when it was ordered. */
    priceCents: p.integer(),
  },
});

export class OrderLine extends OrderLineSchema.class {}
OrderLineSchema.setClass(OrderLine);
