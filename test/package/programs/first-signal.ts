import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';

// A user's program, and no part of this repository's own: it is compiled and run in a project that has nothing but
// the packed package and Nest, once as an ES module and once as CommonJS.

class OrderPlaced extends Signal<{ orderId: string; total: number }> {}

@Injectable()
class OrdersService {
  constructor(private readonly orderPlaced: OrderPlaced) {}

  async place(orderId: string, total: number): Promise<unknown> {
    // @ts-expect-error -- The types of the package are there: a total is a number.
    void (() => this.orderPlaced.send(this, { orderId, total: 'a lot' }));
    return this.orderPlaced.send(this, { orderId, total });
  }
}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced)
  mail({ orderId, total }: PayloadOf<OrderPlaced>): string {
    return `receipt for order ${orderId}: ${total} EUR`;
  }
}

@Module({
  imports: [SignalsModule.forRoot(), SignalsModule.forFeature([OrderPlaced])],
  providers: [OrdersService, Receipts],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  console.log(await app.get(OrdersService).place('1', 30));
  await app.close();

  const required = createRequire(join(process.cwd(), 'program.js'))('nestjs-signals') as { Signal: unknown };
  const imported: { Signal: unknown } = await import('nestjs-signals');
  console.log(`import and require() give one copy: ${required.Signal === Signal && imported.Signal === Signal}`);
}

void main();
