import {
  Controller,
  Get,
  Inject,
  Injectable,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  Req,
  Scope,
  type Type,
} from '@nestjs/common';
import { LazyModuleLoader, REQUEST } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { OnSignal, SignalsModule } from 'nestjs-signals';
import { OrderPlaced } from '../support/order-placed.js';

const signals = SignalsModule.forFeature([OrderPlaced]);

interface ShopRequest {
  readonly url: string;
  /** The values that receivers returned when the middleware sent a signal. */
  baskets?: Basket[];
}

@Injectable({ scope: Scope.REQUEST })
class Basket {
  constructor(@Inject(REQUEST) readonly request: ShopRequest | undefined) {}

  @OnSignal(OrderPlaced)
  onPlaced() {
    return this;
  }
}

@Module({ imports: [signals], providers: [Basket] })
class LazyModule {}

@Injectable()
class Orders {
  constructor(@Inject(OrderPlaced) private readonly placed: OrderPlaced) {}

  /** Two receivers of one request. */
  async place(): Promise<Basket[]> {
    const answers = [
      await this.placed.send(this, { orderId: '1' }),
      await this.placed.send(this, { orderId: '2' }),
    ].flat();
    return answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value as Basket] : []));
  }
}

@Injectable()
class Gate implements NestMiddleware {
  constructor(@Inject(Orders) private readonly orders: Orders) {}

  async use(request: ShopRequest, _response: object, next: () => void): Promise<void> {
    request.baskets = await this.orders.place();
    next();
  }
}

@Controller()
class Shop {
  constructor(@Inject(Orders) private readonly orders: Orders) {}

  @Get('handled')
  async handled(@Req() request: ShopRequest) {
    return shown(await this.orders.place(), request);
  }

  @Get('passed')
  passed(@Req() request: ShopRequest & { raw?: ShopRequest }) {
    return shown((request.raw ?? request).baskets!, request);
  }
}

function shown(baskets: readonly Basket[], { url }: ShopRequest) {
  const [one, two] = baskets;
  return { count: baskets.length, isOne: one === two, isOwn: one?.request?.url === url };
}

@Module({ imports: [signals], controllers: [Shop], providers: [Orders, Gate] })
class ShopModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Gate).forRoutes('passed');
  }
}

/** A module whose middleware is only a function. */
@Module({ imports: [signals], controllers: [Shop], providers: [Orders] })
class FunctionsModule implements NestModule {
  constructor(@Inject(Orders) private readonly orders: Orders) {}

  configure(consumer: MiddlewareConsumer): void {
    const gate = new Gate(this.orders);
    consumer.apply(gate.use.bind(gate)).forRoutes('passed');
  }
}

describe.each(['express', 'fastify'] as const)(
  'a request-scoped receiver of a module that is loaded later, on %s,',
  adapter => {
    it.each<[string, string, Type]>([
      ['a controller', 'handled', ShopModule],
      ['middleware', 'passed', ShopModule],
      ['middleware that is a function', 'passed', FunctionsModule],
    ])('has the request that it is called in, by %s', async (_, path, module) => {
      const { app, get } = await listen(adapter, module);
      await app.get(LazyModuleLoader).load(() => LazyModule);

      expect(await get(path)).toEqual({ count: 2, isOne: true, isOwn: true });
      await app.close();
    });
  },
);

async function listen(adapter: 'express' | 'fastify', module: Type) {
  const built = await Test.createTestingModule({ imports: [SignalsModule.forRoot(), module] }).compile();
  const app: INestApplication =
    adapter === 'fastify' ? built.createNestApplication(new FastifyAdapter()) : built.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return { app, get: async (path: string): Promise<unknown> => (await fetch(`${url}/${path}`)).json() };
}
