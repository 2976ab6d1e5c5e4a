import { Controller, Get } from '@nestjs/common';
import { Catalogue } from './catalogue.js';
import type { Product } from './product.entity.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly catalogue: Catalogue) {}

  @Get()
  list(): Promise<Product[]> {
    return this.catalogue.list();
  }
}
