import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';

// A user's application, see first-signal.ts, without MikroORM and Passport, as many tools build it; some of them write no
// metadata for decorators.

export class OrderPlaced extends Signal<{ orderId: string }> {}

@Injectable()
export class Receipts {
  readonly mailed: string[] = [];

  @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
  mail({ orderId }: PayloadOf<OrderPlaced>): void {
    this.mailed.push(orderId);
  }
}

@Injectable()
export class Orders {
  constructor(@Inject(OrderPlaced) private readonly orderPlaced: OrderPlaced) {}

  async place(orderId: string): Promise<void> {
    await this.orderPlaced.send(this, { orderId });
  }
}

@Module({
  imports: [SignalsModule.forRoot(), SignalsModule.forFeature([OrderPlaced])],
  providers: [Orders, Receipts],
})
export class AppModule {}

/** Returns the orders that a receipt was mailed for. */
export async function run(): Promise<string> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'], abortOnError: false });
  await app.get(Orders).place('1');
  const { mailed } = app.get(Receipts);
  await app.close();
  return `mailed: ${mailed.join(', ')}`;
}
