import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CLS_REQ, ClsModule, ClsService, InjectableProxy } from 'nestjs-cls';
import { type Message, OnSignal, type PayloadOf, Signal, SignalsModule } from 'nestjs-signals';

// A user's application with nestjs-cls, whose proxy providers throw when they are read outside of a request.

interface Request {
  readonly headers: Readonly<Record<string, string>>;
}

class OrderPlaced extends Signal<{ orderId: string }> {}

@InjectableProxy({ strict: true })
class Tenant {
  readonly name: string;

  constructor(@Inject(CLS_REQ) request: Request) {
    this.name = request.headers['x-tenant'] ?? 'anonymous';
  }
}

@Injectable()
class Receipts {
  constructor(
    @Inject(ClsService) private readonly cls: ClsService,
    @Inject(Tenant) private readonly tenant: Tenant,
  ) {}

  @OnSignal(OrderPlaced)
  mail({ orderId }: PayloadOf<OrderPlaced>, { context }: Message): void {
    console.log(`order ${orderId} of ${this.tenant.name}, ${this.cls.get<string>('agent')}, ${String(context.actor)}`);
  }
}

@Controller()
class Orders {
  constructor(
    @Inject(OrderPlaced) private readonly orderPlaced: OrderPlaced,
    @Inject(ClsService) private readonly cls: ClsService,
  ) {}

  @Get()
  async place(): Promise<string> {
    this.cls.set('agent', 'the web');
    await this.orderPlaced.send(this, { orderId: '1' });
    return 'placed';
  }
}

const signals = [
  SignalsModule.forRoot({ context: (request: Request) => ({ actor: request.headers['x-actor'] ?? 'anonymous' }) }),
  SignalsModule.forFeature([OrderPlaced]),
];
const middleware = { global: true, middleware: { mount: true } };
const rest = { providers: [Receipts], controllers: [Orders] };

@Module({ imports: [ClsModule.forRoot({ ...middleware, proxyProviders: [Tenant] }), ...signals], ...rest })
class WithRoot {}

@Module({ imports: [ClsModule.forRoot(middleware), ClsModule.forFeature(Tenant), ...signals], ...rest })
class WithFeature {}

async function main(): Promise<void> {
  for (const module of [WithRoot, WithFeature]) {
    const app = await NestFactory.create(module, { logger: ['error', 'warn'], abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(await app.getUrl(), { headers: { 'x-tenant': 'acme', 'x-actor': 'ann' } });
    console.log(`${module.name}: ${answer.status} ${await answer.text()}`);
    await app.close();
  }
}

void main();
