import { defineEntity, p } from '@mikro-orm/core';

const OrderSchema = defineEntity({ name: 'Order', properties: { id: p.integer().primary(), totalCents: p.integer() } });
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);
