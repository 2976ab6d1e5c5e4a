import { Controller, Get, Inject, Injectable, Scope } from '@nestjs/common';
import {
  ContextIdFactory,
  REQUEST,
  type ContextId,
  type HostComponentInfo,
  type ContextIdStrategy,
} from '@nestjs/core';
import { jest } from '@jest/globals';
import { type Message, OnSignal, SignalRegistry } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';
import { Basket, listen, signals } from './baskets.js';

// Nest has one strategy for all applications of a process, and no way to take it back.
const { strategy } = ContextIdFactory as unknown as { strategy?: ContextIdStrategy };
afterEach(() => void Object.assign(ContextIdFactory, { strategy }));

describe('a durable provider', () => {
  it('receives once per tenant', async () => {
    class ByTenant implements ContextIdStrategy {
      private readonly tenants = new Map<string, ContextId>();

      attach(contextId: ContextId, request: { headers?: Record<string, string> }) {
        const tenant = request.headers?.['x-tenant'] ?? 'none';
        if (!this.tenants.has(tenant)) this.tenants.set(tenant, ContextIdFactory.create());
        const tenantId = this.tenants.get(tenant)!;
        return {
          resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tenantId : contextId),
          payload: { tenant },
        };
      }
    }
    ContextIdFactory.apply(new ByTenant());
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Ledger {
      lines = 0;

      constructor(@Inject(REQUEST) readonly tenant: { tenant: string }) {}

      @OnSignal(OrderPlaced)
      onPlaced() {
        return `${this.tenant.tenant} ${++this.lines}`;
      }
    }
    @Controller()
    class Shop {
      constructor(@Inject(OrderPlaced) private readonly placed: OrderPlaced) {}

      @Get()
      async send() {
        return (await this.placed.send(this, { orderId: '1' })).map(
          answer => answer.status === 'fulfilled' && answer.value,
        );
      }
    }
    await using t = await listen('express', { controllers: [Shop], providers: [Ledger] });

    const answers = [];
    for (const tenant of ['a', 'b', 'a']) answers.push(await t.get('/', { 'x-tenant': tenant }));

    expect(answers).toEqual(['["a 1"]', '["b 1"]', '["a 2"]']);
  });
});

describe('a durable provider that is called outside of requests', () => {
  it("is the one that the application's strategy finds for the message", async () => {
    const tenants = new Map<unknown, ContextId>();
    const given: Message[] = [];
    ContextIdFactory.apply({
      attach(contextId: ContextId, message: Message) {
        given.push(message);
        const { tenant } = message.context;
        if (!tenants.has(tenant)) tenants.set(tenant, ContextIdFactory.create());
        return {
          resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tenants.get(tenant)! : contextId),
          payload: { tenant },
        };
      },
    });
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Ledger {
      lines = 0;

      constructor(@Inject(REQUEST) readonly tenant: { tenant: string }) {}

      @OnSignal(OrderPlaced)
      onPlaced(_payload: { orderId: string }) {
        return `${this.tenant.tenant} ${++this.lines}`;
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Ledger] });
    const registry = app.get(SignalRegistry);

    const answers = [];
    for (const tenant of ['a', 'b', 'a']) {
      answers.push(
        ...(await registry.withContext({ tenant }, () => app.get(OrderPlaced).send(null, { orderId: '1' }))),
      );
    }

    expect(answers).toMatchObject([{ value: 'a 1' }, { value: 'b 1' }, { value: 'a 2' }]);
    expect(given[0]).toMatchObject({ receiver: 'Ledger.onPlaced', context: { tenant: 'a' } });
  });

  it('is fresh at each call where the application has no strategy; what is not durable is so with one, too', async () => {
    const attach = jest.fn((contextId: ContextId) => () => contextId);
    ContextIdFactory.apply({ attach });
    await using app = await startApp({ imports: [signals], providers: [Basket] });

    const [one] = await app.get(OrderPlaced).send(null, { orderId: '1' });
    const [two] = await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(one).not.toEqual(two);
    expect(attach).not.toHaveBeenCalled();
  });
});
