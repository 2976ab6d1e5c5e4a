import { defineEntity, p } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { NodeSqliteDialect, SqliteDriver } from '@mikro-orm/sql';
import { type INestApplication, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { durable, OnSignal, PermanentFailure, Signal, SignalsModule } from 'nestjs-signals';
import { inProcess, settled } from 'nestjs-signals/testing';
import { HealthModule } from './health.js';
import { MetricsModule } from './metrics.js';

const PrinterSchema = defineEntity({ name: 'Printer', properties: { id: p.integer().primary() } });
class Printer extends PrinterSchema.class {}
PrinterSchema.setClass(Printer);

class OrderPaid extends Signal<{ orderId: number }> {}

class Receipts {
  @OnSignal(OrderPaid, { uid: 'receipts.print', delivery: durable() })
  print(): void {
    throw new PermanentFailure('the printer is gone');
  }
}

const driverOptions = new NodeSqliteDialect(':memory:');
const database = { driver: SqliteDriver, driverOptions, dbName: ':memory:', entities: [Printer] };

let app: INestApplication;
let url: string;

beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  const signals = SignalsModule.forRoot({ durable: inProcess() });
  const imports = [MikroOrmModule.forRoot(database), signals, HealthModule, MetricsModule];
  const module = await Test.createTestingModule({ imports, providers: [OrderPaid, Receipts] }).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterEach(() => app.close());

async function letOneDie(): Promise<void> {
  await app.get(OrderPaid).send('the shop', { orderId: 1 });
  await settled(app);
}

it('The health check is down as long as there are dead messages', async () => {
  const before = await fetch(`${url}/health`);
  await letOneDie();
  const after = await fetch(`${url}/health`);

  expect(before.status).toBe(200);
  expect(await before.json()).toMatchObject({ status: 'ok', details: { durable: { status: 'up', dead: 0 } } });
  expect(after.status).toBe(503);
  expect(await after.json()).toMatchObject({ status: 'error', details: { durable: { status: 'down', dead: 1 } } });
});

it('Prometheus reads the messages of each receiver', async () => {
  await letOneDie();
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();

  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(text).toContain('signals_messages{receiver="receipts.print",state="dead"} 1');
  expect(text).toContain('signals_messages{receiver="receipts.print",state="waiting"} 0');
  expect(text).toContain('signals_lag_seconds{receiver="receipts.print"} 0');
});
