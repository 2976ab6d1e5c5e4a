// #region counter
import { EntityManager, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostDelete, PostSave } from 'nestjs-signals';
import { Product, Review } from './entities.js';

@Injectable()
export class ReviewCount {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(PostSave, { sender: Review, when: ({ created }) => created })
  async more({ instance }: PayloadOf<PostSave, Review>): Promise<void> {
    await this.em.nativeUpdate(Product, instance.product.id, { reviewCount: raw('review_count + 1') });
  }

  @OnSignal(PostDelete, { sender: Review })
  async less({ instance }: PayloadOf<PostDelete, Review>): Promise<void> {
    await this.em.nativeUpdate(Product, instance.product.id, { reviewCount: raw('review_count - 1') });
  }
}
// #endregion
