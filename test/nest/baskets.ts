import { Inject, Injectable, type INestApplication, type ModuleMetadata, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { OnSignal, SignalsModule } from 'nestjs-signals';
import { OrderPlaced } from '../support/order-placed.js';

export const signals = SignalsModule.forFeature([OrderPlaced]);

/** A listening application on each HTTP adapter; requests go to 127.0.0.1. */
export async function listen(adapter: 'express' | 'fastify', metadata: ModuleMetadata) {
  const module = await Test.createTestingModule({
    ...metadata,
    imports: [SignalsModule.forRoot(), signals, ...(metadata.imports ?? [])],
  }).compile();
  const app: INestApplication =
    adapter === 'fastify' ? module.createNestApplication(new FastifyAdapter()) : module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(url + path, { headers })).text();
  return { app, get, [Symbol.asyncDispose]: () => app.close() };
}

/** Lives as long as a request. */
@Injectable({ scope: Scope.REQUEST })
export class Basket {
  static made = 0;
  static last: Basket | undefined;
  readonly number = ++Basket.made;
  readonly recorded: string[] = [];

  constructor(@Inject(REQUEST) readonly request: { headers?: Record<string, string>; url?: string } | undefined) {}

  @OnSignal(OrderPlaced)
  onPlaced({ orderId }: { orderId: string }) {
    this.recorded.push(orderId);
    Basket.last = this;
    return this.number;
  }
}
