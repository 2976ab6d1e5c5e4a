import {
  Controller,
  Get,
  Inject,
  Injectable,
  type INestApplication,
  Logger,
  Module,
  type ModuleMetadata,
  Scope,
} from '@nestjs/common';
import {
  ContextIdFactory,
  REQUEST,
  type ContextId,
  type HostComponentInfo,
  type ContextIdStrategy,
} from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { type Message, OnSignal, Signal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { startApp } from '../support/app.js';

class OrderPlaced extends Signal<{ orderId: string }> {}

const signals = SignalsModule.forFeature([OrderPlaced]);

/** A listening application on each HTTP adapter; requests go to 127.0.0.1. */
async function listen(adapter: 'express' | 'fastify', metadata: ModuleMetadata) {
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
class Basket {
  static made = 0;
  static last: Basket | undefined;
  readonly number = ++Basket.made;
  readonly heard: string[] = [];

  constructor(@Inject(REQUEST) readonly request: { headers?: Record<string, string>; url?: string } | undefined) {}

  @OnSignal(OrderPlaced)
  onPlaced({ orderId }: { orderId: string }) {
    this.heard.push(orderId);
    Basket.last = this;
    return this.number;
  }
}

// Nest has one strategy for all applications of a process, and no way to take it back.
const { strategy } = ContextIdFactory as unknown as { strategy?: ContextIdStrategy };
afterEach(() => void Object.assign(ContextIdFactory, { strategy }));

describe('a request-scoped receiver', () => {
  @Controller()
  class Shop {
    constructor(
      @Inject(Basket) private readonly basket: Basket,
      @Inject(OrderPlaced) private readonly placed: OrderPlaced,
    ) {}

    @Get('own')
    async own() {
      await this.placed.send(this, { orderId: '1' });
      await this.placed.send(this, { orderId: '2' });
      return this.basket.heard;
    }
  }

  @Controller()
  class StaticShop {
    constructor(@Inject(OrderPlaced) private readonly placed: OrderPlaced) {}

    @Get('static')
    async send() {
      const responses = [
        ...(await this.placed.send(this, { orderId: '1' })),
        ...(await this.placed.send(this, { orderId: '2' })),
      ];
      return responses.map(response => (response.status === 'fulfilled' ? response.value : undefined));
    }
  }

  describe.each(['express', 'fastify'] as const)('on %s', adapter => {
    it('is the one that the controller of the request has', async () => {
      await using t = await listen(adapter, { controllers: [Shop], providers: [Basket] });

      expect(JSON.parse(await t.get('/own'))).toEqual(['1', '2']);
    });

    it('is one for all signals of a request whose controller is a singleton, and another for the next request', async () => {
      await using t = await listen(adapter, { controllers: [StaticShop], providers: [Basket] });

      const [first, again] = JSON.parse(await t.get('/static')) as number[];
      const [second] = JSON.parse(await t.get('/static')) as number[];

      expect(first).toBe(again);
      expect(second).not.toBe(first);
    });

    it('keeps a hundred concurrent requests apart', async () => {
      await using t = await listen(adapter, { controllers: [Shop], providers: [Basket] });

      const answers = await Promise.all(Array.from({ length: 100 }, () => t.get('/own')));

      expect(new Set(answers)).toEqual(new Set(['["1","2"]']));
    });
  });

  it('is a fresh one for each send outside a request', async () => {
    await using app = await startApp({ imports: [signals], providers: [Basket] });
    const placed = app.get(OrderPlaced);

    const [[first], [second]] = [await placed.send(null, { orderId: '1' }), await placed.send(null, { orderId: '2' })];

    expect(first).toMatchObject({ receiver: 'Basket.onPlaced', status: 'fulfilled' });
    expect(second).not.toEqual(first);
  });

  it('is refused by sendSync before anybody is called', async () => {
    await using app = await startApp({ imports: [signals], providers: [Basket] });

    expect(() => app.get(OrderPlaced).sendSync(null, { orderId: '1' })).toThrow(
      expect.objectContaining({ code: 'RECEIVER_IS_ASYNC' }),
    );
  });

  it('may be a controller, and a provider that only depends on the request', async () => {
    @Injectable()
    class Dependent {
      constructor(@Inject(Basket) private readonly basket: Basket) {}

      @OnSignal(OrderPlaced)
      onPlaced() {
        return `dependent on ${this.basket.constructor.name}`;
      }
    }
    @Controller({ scope: Scope.REQUEST })
    class RequestShop {
      @OnSignal(OrderPlaced)
      onPlaced() {
        return 'controller';
      }
    }
    await using app = await startApp({
      imports: [signals],
      controllers: [RequestShop],
      providers: [Dependent, Basket],
    });

    const responses = await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(responses.map(({ receiver }) => receiver)).toEqual([
      'RequestShop.onPlaced',
      'Dependent.onPlaced',
      'Basket.onPlaced',
    ]);
    expect(responses).toMatchObject([{ value: 'controller' }, { value: 'dependent on Basket' }, {}]);
  });
});

describe('a transient receiver', () => {
  it('is made anew for each send, with its dependencies', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Stamp {
      static made = 0;
      readonly number = ++Stamp.made;

      constructor(@Inject(OrderPlaced) readonly placed: OrderPlaced) {}

      @OnSignal(OrderPlaced)
      onPlaced() {
        return [this.number, this.placed instanceof OrderPlaced];
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Stamp] });
    const placed = app.get(OrderPlaced);

    const [first] = await placed.send(null, { orderId: '1' });
    const [second] = await placed.send(null, { orderId: '1' });

    expect(first).toMatchObject({ value: [expect.any(Number), true] });
    expect(second).not.toEqual(first);
  });
});

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

describe('a class with request-scoped receivers in two modules', () => {
  it('is connected once, with a warning', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Module({ imports: [signals], providers: [Basket] })
    class One {}
    @Module({ imports: [signals], providers: [Basket] })
    class Two {}
    await using app = await startApp({ imports: [One, Two] });

    expect(await app.get(OrderPlaced).send(null, { orderId: '1' })).toHaveLength(1);
    expect(warn.mock.calls.flat()).toContainEqual(expect.stringMatching(/Basket is provided in One and in Two/));
    warn.mockRestore();
  });
});
