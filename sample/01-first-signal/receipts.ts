// #region first-signal
import { Injectable, Module } from '@nestjs/common';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';

export class OrderPlaced extends Signal<{ orderId: number; total: number }> {}

@Injectable()
export class Receipts {
  @OnSignal(OrderPlaced)
  mail({ orderId, total }: PayloadOf<OrderPlaced>): void {
    console.log(`Receipt for order ${orderId}: ${total} EUR`);
  }
}

@Module({ imports: [SignalsModule.forRoot()], providers: [OrderPlaced, Receipts] })
export class AppModule {}
// #endregion
