// #region durable
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { Order, Receipt } from './entities.js';

@Injectable()
export class Receipts {
  constructor(private readonly em: EntityManager) {}

  // #region story
  @OnSignal(PostSave, { sender: Order, uid: 'receipts.write', delivery: durable({ retryLimit: 5 }) })
  write({ instance }: PayloadOf<PostSave, Order>, { attempt }: Message): void {
    this.em.create(Receipt, { text: `Order ${instance.id}: ${instance.total} EUR` }); // commits with the job's completion
    console.log(`A receipt for order ${instance.id}, attempt ${attempt}`);
  }
  // #endregion
}
// #endregion
