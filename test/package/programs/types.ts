import { Injectable, Module } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import { recordSignals } from 'nestjs-signals/testing';

// What users write, for compilers of every age: it is compiled and not run.

export class OrderPlaced extends Signal<{ orderId: number; total: number }> {}
export class OrderCancelled extends Signal<{ orderId: number; reason: string }> {}

@Injectable()
export class Receipts {
  @OnSignal(OrderPlaced)
  mail({ orderId, total }: PayloadOf<OrderPlaced>): void {
    console.log(`Receipt for order ${orderId}: ${total} EUR`);
  }

  @OnSignal([OrderPlaced, OrderCancelled], { uid: 'receipts.file', delivery: afterCommit })
  file({ orderId }: PayloadOf<OrderPlaced> | PayloadOf<OrderCancelled>, { id, context }: Message): unknown {
    return [orderId, id, context];
  }

  @OnSignal(OrderPlaced, { batch: true, delivery: afterCommit })
  count(payloads: readonly PayloadOf<OrderPlaced>[]): number {
    return payloads.length;
  }

  // @ts-expect-error -- The types are there: an order has no such property.
  @OnSignal(OrderPlaced)
  wrong({ amount }: { amount: string }): string {
    return amount;
  }
}

@Injectable()
export class Orders {
  constructor(readonly orderPlaced: OrderPlaced) {}

  async place(): Promise<string[]> {
    // @ts-expect-error -- A total is a number.
    void (() => this.orderPlaced.send(this, { orderId: 1, total: '30' }));
    const responses = await this.orderPlaced.send(this, { orderId: 1, total: 30 });
    return responses.map(({ receiver }) => receiver);
  }
}

@Module({ imports: [SignalsModule.forRoot()], providers: [OrderPlaced, Receipts, Orders] })
export class AppModule {}

export { recordSignals };
