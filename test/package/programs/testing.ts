import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';
import {
  expectReceiver,
  expectSent,
  fakeReceiver,
  type MatcherResult,
  messageOf,
  payloadOf,
  recordSignals,
  settled,
  signalMatchers,
} from 'nestjs-signals/testing';

// A user's test that needs no test runner: the second door of the package, with nothing else installed.

class OrderPlaced extends Signal<{ orderId: string; total: number }> {}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
  async mail({ orderId }: PayloadOf<OrderPlaced>): Promise<string> {
    return `receipt for order ${orderId}`;
  }
}

@Module({ imports: [SignalsModule.forRoot(), SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] })
class AppModule {}

function codeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const sent = recordSignals(app, OrderPlaced);
  const fake = fakeReceiver(app, 'receipts.mail', ({ orderId }: PayloadOf<OrderPlaced>) => `faked ${orderId}`);
  void app.get(OrderPlaced).send('cron', { orderId: '1', total: 30 });
  await settled(app);

  expectSent(sent, OrderPlaced, { total: 30 });
  expectReceiver(app, Receipts, 'mail').toReceive(OrderPlaced, { delivery: 'inline' });
  // @ts-expect-error -- The types of the package are there: this method does not exist.
  void (() => expectReceiver(app, Receipts, 'male'));
  const { orderId }: { orderId: string } = sent.first(OrderPlaced).payload;
  const result: MatcherResult = signalMatchers.toHaveReceiver(app, OrderPlaced, 'receipts.mail');
  console.log(orderId, sent.first(OrderPlaced).responses, result.pass);
  fake.end();
  await app.close();

  console.log(await new Receipts().mail(payloadOf(OrderPlaced, { orderId: '2' })));
  console.log(
    codeOf(() => payloadOf(OrderPlaced, { orderId: '2' }).total),
    codeOf(() => messageOf({}).id),
  );
}

void main();
