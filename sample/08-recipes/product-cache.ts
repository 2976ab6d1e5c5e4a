// #region cache
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { afterCommit, OnSignal, type PayloadOf, PostDelete, PostSave } from 'nestjs-signals';
import { Product } from './entities.js';

@Injectable()
export class ProductCache {
  private readonly names = new Map<number, string>();

  constructor(private readonly em: EntityManager) {}

  async nameOf(id: number): Promise<string> {
    const known = this.names.get(id);
    if (known !== undefined) return known;
    const { name } = await this.em.fork().findOneOrFail(Product, id);
    this.names.set(id, name);
    return name;
  }

  @OnSignal([PostSave, PostDelete], { sender: Product, delivery: afterCommit })
  forget({ instance }: PayloadOf<PostSave, Product> | PayloadOf<PostDelete, Product>): void {
    this.names.delete(instance.id);
  }
}
// #endregion
