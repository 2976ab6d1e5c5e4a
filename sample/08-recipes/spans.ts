// #region spans
import { Module } from '@nestjs/common';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import { openTelemetry } from 'nestjs-signals/opentelemetry';

export class OrderPaid extends Signal<{ id: number; card: string }> {}

export class Receipts {
  @OnSignal(OrderPaid, { uid: 'receipts.print' })
  print({ id }: PayloadOf<OrderPaid>): void {
    console.log(`receipt of order ${id}`);
  }

  @OnSignal(OrderPaid, { uid: 'heartbeats.note' })
  note(): void {}
}

const telemetry = openTelemetry({
  receivers: uid => uid !== 'heartbeats.note', // this one has no spans
  attributes: ({ context }) => ({ 'app.request': String(context.requestId) }),
});

@Module({ imports: [SignalsModule.forRoot({ telemetry })], providers: [OrderPaid, Receipts] })
export class SpansModule {}
// #endregion
