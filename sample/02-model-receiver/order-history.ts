// #region model-receiver
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { HistoryEntry, Order } from './entities.js';

@Injectable()
export class OrderHistory {
  constructor(private readonly em: EntityManager) {}

  // #region story
  @OnSignal(PostSave, { sender: Order, fields: ['status'] })
  write({ instance, changes }: PayloadOf<PostSave, Order>): void {
    this.em.create(HistoryEntry, { order: instance.id, change: changes.status }); // in the same transaction
    console.log(`Order ${instance.id}:`, changes.status);
  }
  // #endregion
}
// #endregion
