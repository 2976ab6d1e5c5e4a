import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  ClientProxyFactory,
  Ctx,
  MessagePattern,
  type MicroserviceOptions,
  TcpContext,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom, from, map } from 'rxjs';
import { type Message, OnSignal, Signal, SignalsModule } from 'nestjs-signals';

class Asked extends Signal {}

interface Transported {
  readonly data: unknown;
  readonly client?: unknown;
}

/** Lives as long as a message. */
@Injectable({ scope: Scope.REQUEST })
class Basket {
  static made = 0;
  readonly number = ++Basket.made;

  constructor(@Inject(REQUEST) readonly request: unknown) {}

  @OnSignal(Asked)
  onAsked(_payload: object, { context }: Message) {
    return { basket: this.number, context, request: this.request };
  }
}

async function answerOf(asked: Asked, sender: unknown): Promise<{ basket: number; context: object; request: object }> {
  const [response] = await asked.send(sender);
  if (response?.status !== 'fulfilled') throw new Error(response?.status);
  return response.value as never;
}

const options = { host: '127.0.0.1', port: 0 };
const root = SignalsModule.forRoot({ context: ({ data }: Transported) => ({ data }) });

@Controller()
class Plain {
  constructor(@Inject(Asked) private readonly asked: Asked) {}

  @MessagePattern('plain')
  async plain(@Ctx() context: TcpContext) {
    const [one, two] = [await answerOf(this.asked, this), await answerOf(this.asked, this)];
    const { request } = one as { request: { context?: unknown } };
    return { context: one.context, isOne: one.basket === two.basket, isOwn: request.context === context };
  }
}

@Controller()
class Scoped {
  constructor(
    @Inject(Asked) private readonly asked: Asked,
    @Inject(Basket) private readonly basket: Basket,
  ) {}

  @MessagePattern('scoped')
  async scoped() {
    const { basket, context, request } = await answerOf(this.asked, this);
    return { context, isOne: basket === this.basket.number, isOwn: request === this.basket.request };
  }
}

describe('A message of a microservice without receivers of RequestStarted', () => {
  let ask: (pattern: string, data: unknown) => Promise<unknown>;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [root],
      controllers: [Plain, Scoped],
      providers: [Asked, Basket],
    }).compile();
    const app = module.createNestMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options });
    await app.listen();
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
    ask = (pattern, data) => firstValueFrom(client.send(pattern, data));
    close = () => Promise.all([client.close(), app.close()]);
  });

  afterAll(() => close());

  it('has a context, and a scope that its receivers share', async () => {
    expect(await ask('plain', 1)).toEqual({ context: { data: 1 }, isOne: true, isOwn: true });
  });

  it('has the scope of its controller', async () => {
    const made = Basket.made;

    expect(await ask('scoped', 2)).toEqual({ context: { data: 2 }, isOne: true, isOwn: true });
    expect(Basket.made).toBe(made + 1);
  });

  it('has its own, however many there are at once', async () => {
    const data = Array.from({ length: 20 }, (_, at) => at);

    const answers = await Promise.all(data.map(one => ask(one % 2 ? 'plain' : 'scoped', one)));

    expect(answers).toEqual(data.map(one => ({ context: { data: one }, isOne: true, isOwn: true })));
  });
});

@WebSocketGateway()
class Chat {
  constructor(@Inject(Asked) private readonly asked: Asked) {}

  @SubscribeMessage('say')
  async say(@ConnectedSocket() client: object) {
    const { context, request } = await answerOf(this.asked, this);
    return { event: 'said', data: { context, isClient: request === client } };
  }

  @SubscribeMessage('spell')
  spell() {
    const answers = from([1]).pipe(map(() => this.asked.send(this)));
    return from(answers).pipe(map(() => ({ event: 'spelt', data: 1 })));
  }
}

@Injectable()
class Seen {
  readonly contexts: unknown[] = [];

  @OnSignal(Asked)
  onAsked(_payload: object, { context }: Message) {
    this.contexts.push(context);
  }
}

describe('A message of a WebSocket without receivers of RequestStarted', () => {
  it('has a context, the client for its scope, and both in what it answers later', async () => {
    const module = await Test.createTestingModule({
      imports: [root],
      providers: [Asked, Basket, Chat, Seen],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    await once(socket, 'open');
    const answer = async (event: string, data: unknown) => {
      const answered = once(socket, 'message') as Promise<[{ data: string }]>;
      socket.send(JSON.stringify({ event, data }));
      return JSON.parse((await answered)[0].data) as { data: unknown };
    };

    expect((await answer('say', 'hello')).data).toEqual({ context: { data: 'hello' }, isClient: true });
    await answer('spell', 'abc');
    expect(app.get(Seen).contexts).toEqual([{ data: 'hello' }, { data: 'abc' }]);

    socket.close();
    await app.close();
  });
});
