import { defineEntity, p } from '@mikro-orm/postgresql';
import { Signal } from 'nestjs-signals';

export const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: { id: p.integer().primary(), name: p.string(), secret: p.string().hidden().nullable() },
});
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

export const ReceiptSchema = defineEntity({
  name: 'Receipt',
  properties: { id: p.integer().primary(), text: p.string() },
});
export class Receipt extends ReceiptSchema.class {}
ReceiptSchema.setClass(Receipt);

export class OrderPlaced extends Signal<{ name: string }> {}
