import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  Req,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type Message, OnSignal, Signal, SignalsModule } from 'nestjs-signals';

class Called extends Signal {}
class Uncalled extends Signal {}
class Passed extends Signal {}

const read: string[] = [];
const contexts: unknown[] = [];

@Injectable()
class Audit {
  constructor(@Inject(Uncalled) private readonly uncalled: Uncalled) {}

  @OnSignal(Called)
  async onCalled(_payload: object, { context }: Message) {
    contexts.push(context);
    await this.uncalled.send(this);
  }
}

/** Middleware of a module. */
@Injectable()
class Gate implements NestMiddleware {
  readonly users: unknown[] = [];

  constructor(
    @Inject(Called) private readonly called: Called,
    @Inject(Passed) private readonly passed: Passed,
  ) {}

  async use(_request: object, _response: object, next: () => void): Promise<void> {
    await this.called.send(this);
    await this.passed.send(this);
    next();
  }
}

/** Sends something before it knows who is there, as an entity does that it loads. */
@Injectable()
class Roles implements CanActivate {
  constructor(@Inject(Called) private readonly called: Called) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.called.send(this);
    context.switchToHttp().getRequest<ShopRequest>().role = 'admin';
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Passenger {
  constructor(
    @Inject(REQUEST) private readonly request: ShopRequest | undefined,
    @Inject(Gate) private readonly gate: Gate,
  ) {}

  @OnSignal(Passed)
  onPassed() {
    this.gate.users.push(this.request?.headers['x-user']);
  }
}

@Controller()
class Shop {
  constructor(
    @Inject(Called) private readonly called: Called,
    @Inject(Uncalled) private readonly uncalled: Uncalled,
  ) {}

  @Get('orders')
  async orders() {
    await this.uncalled.send(this);
    const readBefore = read.length;
    await this.called.send(this);
    await new Promise(setImmediate);
    await this.called.send(this);
    return { readBefore };
  }

  @Get('guarded')
  @UseGuards(Roles)
  async guarded() {
    const readBefore = read.length;
    await this.called.send(this);
    return { readBefore };
  }

  @Get('passed')
  passed() {
    return { passed: true };
  }

  @Get('late')
  async late(@Req() request: ShopRequest) {
    const late = Promise.withResolvers<void>();
    using _ = this.called.connect(() => late.promise, { before: 'Audit.onCalled' });
    const sent = this.called.send(this);
    request.role = 'admin';
    late.resolve();
    await sent;
    return { sent: true };
  }
}

@Module({
  imports: [SignalsModule.forFeature([Called, Passed])],
  providers: [Gate, Passenger],
})
class GateModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Gate).forRoutes('passed');
  }
}

interface ShopRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The role that a guard adds to the request. */
  role?: string;
}

describe.each(['express', 'fastify'] as const)('the context of a message, on %s,', adapter => {
  let app: INestApplication;

  beforeEach(async () => {
    read.length = 0;
    contexts.length = 0;
    const module = await Test.createTestingModule({
      imports: [
        SignalsModule.forRoot({
          context({ url, headers, role }: ShopRequest) {
            read.push(url);
            return role === undefined ? { actor: headers['x-user'] } : { actor: headers['x-user'], role };
          },
        }),
        SignalsModule.forFeature([Called, Uncalled]),
        GateModule,
      ],
      controllers: [Shop],

      providers: [Audit],
    }).compile();
    app = adapter === 'fastify' ? module.createNestApplication(new FastifyAdapter()) : module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  async function order(user: string, path = '/orders'): Promise<unknown> {
    const answer = await fetch(`${await app.getUrl()}${path}`, { headers: { 'x-user': user } });
    return answer.json();
  }

  it('is read at each send that has receivers, and at no other', async () => {
    expect(await order('ann')).toEqual({ readBefore: 0 });
    expect(contexts).toEqual([{ actor: 'ann' }, { actor: 'ann' }]);
    expect(read).toEqual(['/orders', '/orders']);
  });

  it('says who did it, whatever was sent before a guard knew', async () => {
    expect(await order('ann', '/guarded')).toEqual({ readBefore: 1 });
    expect(contexts).toEqual([
      { actor: 'ann', role: undefined },
      { actor: 'ann', role: 'admin' },
    ]);
  });

  it('stays what it was when the message was sent', async () => {
    expect(await order('ann', '/late')).toEqual({ sent: true });
    expect(contexts).toEqual([{ actor: 'ann', role: undefined }]);
    expect(Object.isFrozen(contexts[0])).toBe(true);
  });

  it('is that of its own request, however many are served at once', async () => {
    const users = Array.from({ length: 50 }, (_, at) => `user-${at}`);

    await Promise.all(users.map(user => order(user)));

    const actors = contexts.map(context => (context as { actor: string }).actor);
    expect(actors.sort()).toEqual([...users, ...users].sort());
    expect(read).toHaveLength(100);
  });

  it('is known in middleware of modules, and so is the request', async () => {
    expect(await order('ann', '/passed')).toEqual({ passed: true });
    expect(contexts).toEqual([{ actor: 'ann' }]);
    expect(app.get(Gate).users).toEqual(['ann']);
  });

  it('is empty outside a request', async () => {
    await app.get(Called).send(this);
    expect(contexts).toEqual([{}]);
  });
});
