import { Inject, Injectable } from '@nestjs/common';
import {
  type DurableBackend,
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  ReceiverFailed,
  Signal,
} from 'nestjs-signals';
import { openTelemetry, type OpenTelemetryOptions } from 'nestjs-signals/opentelemetry';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { settled } from 'nestjs-signals/testing';
import { OrderPlaced, OrderSchema, Receipt, ReceiptSchema } from '../pg-boss/order-placed.js';
import { startOrmApp } from '../support/orm.js';
import { mark } from './tracing.js';

export class Mailed extends Signal<{ to: string }> {}

/** Durable receivers that fail as often as they are asked to. */
@Injectable()
export class Receipts {
  failures = 0;
  readonly calls: string[] = [];

  constructor(@Inject(Mailed) private readonly mailed: Mailed) {}

  @OnSignal(OrderPlaced, { uid: 'receipts.write', delivery: durable({ retryLimit: 1, backoffMs: 1 }) })
  async write({ name }: PayloadOf<OrderPlaced>, { em }: Message) {
    this.calls.push(name);
    em!.create(Receipt, { text: name });
    await em!.flush();
    mark('query');
    if (this.failures-- > 0) throw new TypeError(`secret-${name}`);
    await this.mailed.send('receipts', { to: name });
  }

  @OnSignal(Mailed, { uid: 'mails.log' })
  log() {}

  @OnSignal(ReceiverFailed, { uid: 'failures.report' })
  report() {}
}

/** An application with durable receivers and telemetry. */
export async function startTraced(
  backend: DurableBackend,
  options: OpenTelemetryOptions = {},
  metadata: Partial<Parameters<typeof startOrmApp>[0]> = {},
) {
  const t = await startOrmApp({
    entities: [OrderSchema, ReceiptSchema],
    providers: [OrderPlaced, Mailed, Receipts],
    ...metadata,
    signals: { durable: backend, telemetry: openTelemetry(options) },
  });
  return Object.assign(t, {
    placed: t.app.get(OrderPlaced),
    receipts: t.app.get(Receipts, { strict: false }),
    durable: t.app.get(DurableSignals),
    settled: () => settled(t.app),
  });
}
