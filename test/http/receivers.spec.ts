import {
  Controller,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  Logger,
  Scope,
  ServiceUnavailableException,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { jest } from '@jest/globals';
import { connect } from 'node:net';
import {
  GotRequestException,
  type Message,
  OnSignal,
  type PayloadOf,
  RequestFinished,
  RequestStarted,
  Signal,
  SignalsModule,
} from 'nestjs-signals';
import { ADAPTERS, RequestApp } from './request-app.js';

interface ShopRequest {
  readonly headers: Readonly<Record<string, string>>;
  user?: { name: string };
}

class OrderPlaced extends Signal<{ id: number }> {}

@Injectable()
class Journal {
  readonly lines: object[] = [];
}

/** Lives as long as a request. */
@Injectable({ scope: Scope.REQUEST })
class Trail {
  static made = 0;
  readonly number = ++Trail.made;

  constructor(
    @Inject(REQUEST) private readonly request: ShopRequest,
    private readonly journal: Journal,
  ) {}

  @OnSignal(RequestStarted)
  @OnSignal(OrderPlaced)
  @OnSignal(GotRequestException)
  @OnSignal(RequestFinished)
  receive(payload: object, { signal, context }: Message): void {
    const { request = this.request } = payload as { request?: ShopRequest };
    const name = signal.constructor.name;
    this.journal.lines.push({ name, number: this.number, isOwn: request === this.request, ...context });
  }
}

@Controller()
class Routes {
  called = 0;

  constructor(@Inject(OrderPlaced) private readonly placed: OrderPlaced) {}

  @Get('ok')
  async ok() {
    this.called++;
    await this.placed.send(this, { id: 1 });
    return {};
  }

  @Get('fails')
  async fails() {
    await new Promise(setImmediate);
    throw new Error('the route fails');
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedRoutes {
  constructor(@Inject(Trail) private readonly trail: Trail) {}

  @Get('number')
  number() {
    return { number: this.trail.number };
  }
}

/** Logs in whom a header names, as main.ts may. */
function logIn(app: INestApplication): void {
  const hook = (request: ShopRequest, _: unknown, next: () => void) => {
    request.user = { name: request.headers['x-user'] ?? 'anonymous' };
    next();
  };
  const adapter = app.getHttpAdapter() as FastifyAdapter;
  if (adapter.getType() === 'fastify') adapter.getInstance().addHook('onRequest', hook as never);
  else app.use(hook);
}

const imports = [SignalsModule.forFeature([OrderPlaced])];

describe.each(ADAPTERS)('On %s, a receiver of', adapter => {
  const start = (more: Partial<Parameters<typeof RequestApp.start>[0]> = {}) =>
    RequestApp.start({ adapter, imports, controllers: [Routes], ...more });

  it('RequestStarted is waited for before anything else is done', async () => {
    const order: string[] = [];
    await using app = await start({
      prepare: it =>
        it.use((_request: object, _response: object, next: () => void) => {
          order.push('middleware');
          next();
        }),
    });
    app.recorded.objection.started = async ({ request }: PayloadOf<RequestStarted>) => {
      order.push(`started, ${(request as { body?: unknown }).body === undefined ? 'without' : 'with'} a body`);
      await new Promise(setImmediate);
      order.push('still started');
    };

    await app.get('/ok');

    expect(order).toEqual(['started, without a body', 'still started', 'middleware']);
  });

  it('RequestStarted answers with its error, and no route is called', async () => {
    await using app = await start();
    app.recorded.objection.started = async () => {
      await new Promise(setImmediate);
      throw new ServiceUnavailableException('we are moving');
    };

    const response = await app.get('/ok');
    await app.recorded.finished();

    expect([response.status, await response.json()]).toMatchObject([503, { message: 'we are moving' }]);
    expect(app.app.get(Routes).called).toBe(0);
    expect(app.recorded.names).toEqual(['started', 'exception', 'finished']);
    expect(app.recorded.of('finished')[0]!.payload.statusCode).toBe(503);
  });

  it('RequestStarted that fails unforeseen is a 500', async () => {
    await using app = await start();
    app.recorded.objection.started = () => {
      throw new Error('the clock is down');
    };

    expect((await app.get('/ok')).status).toBe(500);
    await app.recorded.finished();
    expect(app.recorded.of('exception')).toMatchObject([{ payload: { error: new Error('the clock is down') } }]);
  });

  it('RequestFinished or GotRequestException fails alone: the answer stays, the others are called, and it is logged', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    @Injectable()
    class Second {
      recorded: string[] = [];

      @OnSignal([RequestFinished, GotRequestException], {
        after: ['RequestRecord.onFinished?', 'RequestRecord.onException?'],
      })
      receive(_: object, { signal }: Message) {
        this.recorded.push(signal.constructor.name);
      }
    }
    await using app = await start({ providers: [Second] });
    app.recorded.objection.exception = async () => {
      await new Promise(setImmediate);
      throw new Error('the audit is down');
    };
    app.recorded.objection.finished = () => {
      throw new Error('the meter is down');
    };

    const statuses = [(await app.get('/fails')).status, (await app.get('/ok')).status];
    await app.recorded.finished(2);
    await app.app.close();
    const logged = error.mock.calls.map(([line]) => String(line)).filter(line => line.startsWith('RequestRecord'));
    error.mockRestore();

    expect(statuses).toEqual([500, 200]);
    expect(app.app.get(Second).recorded).toEqual(['GotRequestException', 'RequestFinished', 'RequestFinished']);
    expect(logged).toEqual([
      'RequestRecord.onException failed on GotRequestException',
      'RequestRecord.onFinished failed on RequestFinished',
      'RequestRecord.onFinished failed on RequestFinished',
    ]);
  });

  it('RequestFinished comes after those of the other two, however long they take', async () => {
    await using app = await start();
    const order: string[] = [];
    const slowly = (name: string) => async () => {
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      order.push(name);
    };
    app.recorded.objection = { started: slowly('started'), exception: slowly('exception') };
    app.recorded.objection.finished = () => void order.push('finished');

    await app.get('/fails');
    await app.recorded.finished();

    expect(order).toEqual(['started', 'exception', 'finished']);
  });

  it('RequestFinished comes after RequestStarted when the client has gone meanwhile', async () => {
    await using app = await start();
    const order: string[] = [];
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    app.recorded.objection.started = async ({ request }: PayloadOf<RequestStarted>) => {
      const { raw = request } = request as { raw?: NodeJS.EventEmitter } & NodeJS.EventEmitter;
      const closed = new Promise(resolve => raw.once('close', resolve));
      socket.destroy();
      await closed;
      await new Promise(setImmediate);
      order.push('started');
    };
    app.recorded.objection.finished = () => void order.push('finished');
    socket.write('GET /ok HTTP/1.1\r\nHost: here\r\n\r\n');

    await app.recorded.finished();

    expect(order).toEqual(['started', 'finished']);
    expect(app.recorded.of('finished')[0]!.payload.aborted).toBe(true);
  });

  it('RequestFinished is waited for when the application shuts down', async () => {
    const app = await start();
    let isDone = false;
    app.recorded.objection.finished = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      isDone = true;
    };

    await app.get('/ok');
    await app.recorded.finished();
    await app.app.close();

    expect(isDone).toBe(true);
  });

  it('each is the one of its request, and knows who logged in meanwhile', async () => {
    await using app = await start({
      providers: [Journal, Trail],
      options: { context: ({ user }: ShopRequest) => ({ user: user?.name }) },
      prepare: logIn,
    });

    await app.get('/ok', { 'x-user': 'ann' });
    await app.recorded.finished();
    await app.get('/fails', { 'x-user': 'bob' });
    await app.recorded.finished(2);

    const [one, two] = [Trail.made - 1, Trail.made];
    const ann = { number: one, isOwn: true, user: 'ann' };
    const bob = { number: two, isOwn: true, user: 'bob' };
    expect(app.app.get(Journal).lines).toEqual([
      { ...ann, name: 'RequestStarted', user: undefined },
      { ...ann, name: 'OrderPlaced' },
      { ...ann, name: 'RequestFinished' },
      { ...bob, name: 'RequestStarted', user: undefined },
      { ...bob, name: 'GotRequestException' },
      { ...bob, name: 'RequestFinished' },
    ]);
  });

  it('each shares what is request-scoped with the controller', async () => {
    await using app = await start({ controllers: [ScopedRoutes], providers: [Journal, Trail] });

    const { number } = (await (await app.get('/scoped/number')).json()) as { number: number };
    await app.recorded.finished();

    expect(app.app.get(Journal).lines).toMatchObject([
      { name: 'RequestStarted', number, isOwn: true },
      { name: 'RequestFinished', number, isOwn: true },
    ]);
  });

  it('each survives a context that cannot be read', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    let isBroken = true;
    await using app = await start({
      options: {
        context: () => {
          if (isBroken) throw new Error('no context');
          return {};
        },
      },
    });

    const broken = await app.get('/ok');
    isBroken = false;
    const whole = await app.get('/ok');
    await app.recorded.finished(1);

    expect([broken.status, whole.status]).toEqual([500, 200]);
  });
});
