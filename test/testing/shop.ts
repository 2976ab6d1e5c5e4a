import { Controller, Inject, Injectable, Post } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, Signal } from 'nestjs-signals';

export abstract class ShopSignal<Payload extends object> extends Signal<Payload> {}
export class OrderPlaced extends ShopSignal<{ orderId: string; total: number }> {}
export class StockLow extends ShopSignal<{ product: string }> {}

/** A signal that no module provides. */
export class Unprovided extends Signal {}

@Injectable()
export class Orders {
  constructor(@Inject(OrderPlaced) readonly orderPlaced: OrderPlaced) {}

  async place(orderId: string, total = 30): Promise<void> {
    await this.orderPlaced.send(this, { orderId, total });
  }
}

@Injectable()
export class Stock {
  constructor(@Inject(StockLow) private readonly stockLow: StockLow) {}

  @OnSignal(OrderPlaced)
  async take({ orderId }: PayloadOf<OrderPlaced>): Promise<void> {
    if (orderId === 'last') await this.stockLow.send(this, { product: 'chair' });
  }
}

@Injectable()
export class Receipts {
  readonly mailed: string[] = [];

  @OnSignal(OrderPlaced, { uid: 'receipts.mail', sender: Orders, when: ({ total }) => total > 0 })
  mail({ orderId, total }: PayloadOf<OrderPlaced>, { receiver }: Message): string {
    if (total > 1000) throw new Error('too dear');
    this.mailed.push(`${orderId} by ${receiver}`);
    return `receipt ${orderId}`;
  }
}

@Controller('orders')
export class OrdersController {
  constructor(@Inject(Orders) private readonly orders: Orders) {}

  @Post()
  async place(): Promise<void> {
    await this.orders.place('web');
  }
}

/** A shop that sends two signals and receives them. */
export const shop = {
  providers: [OrderPlaced, StockLow, Orders, Stock, Receipts],
  controllers: [OrdersController],
};
