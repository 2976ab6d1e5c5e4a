import { Controller, Get, Inject, Injectable, Logger, Module, Scope } from '@nestjs/common';
import { jest } from '@jest/globals';
import { OnSignal } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';
import { Basket, listen, signals } from './baskets.js';

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
      return this.basket.recorded;
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
