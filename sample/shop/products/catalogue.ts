import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Product } from './product.entity.js';

const GOODS = [
  { name: 'Chair', priceCents: 5900, stock: 10 },
  { name: 'Table', priceCents: 18900, stock: 4 },
  { name: 'Lamp', priceCents: 3450, stock: 1 },
];

@Injectable()
export class Catalogue implements OnApplicationBootstrap {
  constructor(private readonly em: EntityManager) {}

  /** Fills the shelves of a new shop. */
  async onApplicationBootstrap(): Promise<void> {
    const em = this.em.fork();
    if ((await em.count(Product)) > 0) return;
    for (const product of GOODS) em.create(Product, product);
    await em.flush();
  }

  list(): Promise<Product[]> {
    return this.em.findAll(Product, { orderBy: { id: 'asc' } });
  }
}
