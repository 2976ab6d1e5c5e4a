import { Module } from '@nestjs/common';
import { Catalogue } from './catalogue.js';
import { ProductsController } from './products.controller.js';
import { Shelves } from './shelves.js';
import { Stock } from './stock.js';

@Module({ controllers: [ProductsController], providers: [Catalogue, Shelves, Stock] })
export class ProductsModule {}
