import { defineEntity, p } from '@mikro-orm/core';

const OrderSchema = defineEntity({ name: 'Order', properties: { id: p.integer().primary(), status: p.string() } });
export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const HistoryEntrySchema = defineEntity({
  name: 'HistoryEntry',
  properties: { id: p.integer().primary(), order: p.integer(), change: p.json() },
});
export class HistoryEntry extends HistoryEntrySchema.class {}
HistoryEntrySchema.setClass(HistoryEntry);
