// #region nightly
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { SignalRegistry } from 'nestjs-signals';
import { Product } from './entities.js';

@Injectable()
export class Nightly {
  constructor(
    private readonly em: EntityManager,
    private readonly registry: SignalRegistry,
  ) {}

  /** Called by a cron job, or by a command that makes the application with `NestFactory.createApplicationContext()`. */
  run(): Promise<void> {
    return this.registry.withContext({ actor: 'nightly' }, async () => {
      const em = this.em.fork();
      const products = await em.findAll(Product);
      for (const product of products) product.name = product.name.trim();
      await em.flush(); // receivers of model signals see the actor
    });
  }
}
// #endregion
