import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Controller, Inject, type MiddlewareConsumer, Module, type NestModule, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, defaultTextMapGetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { NextFunction, Request, Response } from 'express';
import { durable, PostSave, SignalsModule } from 'nestjs-signals';
import { openTelemetry } from 'nestjs-signals/opentelemetry';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { Order, OrderSchema, ReceiptSchema } from '../pg-boss/order-placed.js';
import { createTestDatabase } from '../support/database.js';

@Controller('orders')
class OrdersController {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @Post()
  async place(): Promise<void> {
    this.em.create(Order, { name: 'one' });
    await this.em.flush();
  }
}

/** Makes the span of a request, as instrumentations of HTTP do. */
function serverSpan(request: Request, response: Response, next: NextFunction): void {
  const caller = new W3CTraceContextPropagator().extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
  const tracer = trace.getTracer('http');
  const span = tracer.startSpan(`${request.method} ${request.originalUrl}`, { kind: SpanKind.SERVER }, caller);
  response.once('finish', () => span.end());
  context.with(trace.setSpan(caller, span), next);
}

/** An application that answers requests on a database of its own, and leaves what is durable to other processes. */
export async function startApi(): Promise<AsyncDisposable & { readonly url: string; readonly databaseUrl: string }> {
  const database = await createTestDatabase();

  @Module({
    imports: [
      MikroOrmModule.forRoot({
        driver: PostgreSqlDriver,
        clientUrl: database.url,
        entities: [OrderSchema, ReceiptSchema],
      }),
      SignalsModule.forRoot({ durable: pgBoss({ work: false }), telemetry: openTelemetry() }),
    ],
    controllers: [OrdersController],
  })
  class Api implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(serverSpan).forRoutes('{*path}');
    }
  }

  const app = await NestFactory.create(Api, { logger: false });
  await app.get(MikroORM).schema.create();
  await app.listen(0, '127.0.0.1');
  app.get(PostSave).connect(() => {}, { uid: 'receipts.write', sender: Order, delivery: durable() });
  const stop = async () => {
    await app.close();
    await database.drop();
  };
  return { url: await app.getUrl(), databaseUrl: database.url, [Symbol.asyncDispose]: stop };
}
