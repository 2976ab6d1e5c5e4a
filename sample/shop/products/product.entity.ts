import { defineEntity, p } from '@mikro-orm/postgresql';

const ProductSchema = defineEntity({
  name: 'Product',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    priceCents: p.integer(),
    stock: p.integer(),
  },
});

export class Product extends ProductSchema.class {}
ProductSchema.setClass(Product);
