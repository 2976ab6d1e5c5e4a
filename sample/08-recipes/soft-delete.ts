// #region soft-delete
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PreDelete } from 'nestjs-signals';
import { Customer } from './entities.js';

@Injectable()
export class SoftDelete {
  constructor(private readonly em: EntityManager) {}

  @OnSignal(PreDelete, { sender: Customer })
  keep({ instance }: PayloadOf<PreDelete, Customer>): void {
    instance.deletedAt = new Date();
    this.em.persist(instance); // takes the delete back: the flush sends an UPDATE
  }
}
// #endregion
