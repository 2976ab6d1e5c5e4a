import { defineEntity, p } from '@mikro-orm/core';

const OrderSchema = defineEntity({ name: 'Order', properties: { id: p.integer().primary(), total: p.integer() } });
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const ReceiptSchema = defineEntity({ name: 'Receipt', properties: { id: p.integer().primary(), text: p.string() } });
export class Receipt extends ReceiptSchema.class {}
ReceiptSchema.setClass(Receipt);
