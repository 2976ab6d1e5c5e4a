import { defineEntity, p } from '@mikro-orm/core';
import { rowSignals } from 'nestjs-signals/rows';

const ProductSchema = defineEntity({
  name: 'Product',
  properties: { id: p.integer().primary(), name: p.string(), cost: p.integer().hidden() },
  triggers: rowSignals(),
});
export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);
