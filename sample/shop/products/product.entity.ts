import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

const ProductSchema = defineEntity({
  name: 'Product',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    priceCents: p.integer(),
    stock: p.integer(),
  },
  // The database notes each change of the stock, by any program.
  triggers: rowSignals({ only: ['stock'] }),
});

export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);
