// #region after-commit
import { Injectable } from '@nestjs/common';
import { afterCommit, afterRollback, OnSignal, type PayloadOf } from 'nestjs-signals';
import { OrderPlaced } from './orders.js';

@Injectable()
export class Mails {
  // #region story
  @OnSignal(OrderPlaced, { delivery: afterCommit })
  receipt({ orderId, totalCents }: PayloadOf<OrderPlaced>): void {
    console.log(`To the customer: the receipt for order ${orderId}, ${totalCents / 100} EUR`);
  }
  // #endregion

  @OnSignal(OrderPlaced, { delivery: afterRollback })
  regret({ totalCents }: PayloadOf<OrderPlaced>): void {
    console.log(`To the customer: your order of ${totalCents / 100} EUR could not be placed`);
  }
}
// #endregion
