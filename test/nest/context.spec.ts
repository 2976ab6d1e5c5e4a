import { Controller, Get, type INestApplication, Inject, Injectable } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type Message, OnSignal, Signal, SignalsModule } from 'nestjs-signals';

class Heard extends Signal {}
class Unheard extends Signal {}

const read: string[] = [];
const contexts: unknown[] = [];

@Injectable()
class Audit {
  constructor(@Inject(Unheard) private readonly unheard: Unheard) {}

  @OnSignal(Heard)
  async onHeard(_payload: object, { context }: Message) {
    contexts.push(context);
    await this.unheard.send(this);
  }
}

@Controller()
class Shop {
  constructor(
    @Inject(Heard) private readonly heard: Heard,
    @Inject(Unheard) private readonly unheard: Unheard,
  ) {}

  @Get('orders')
  async orders() {
    await this.unheard.send(this);
    const readBefore = read.length;
    await this.heard.send(this);
    await new Promise(setImmediate);
    await this.heard.send(this);
    return { readBefore };
  }
}

interface ShopRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

describe.each(['express', 'fastify'] as const)('the context of a message, on %s,', adapter => {
  let app: INestApplication;

  beforeEach(async () => {
    read.length = 0;
    contexts.length = 0;
    const module = await Test.createTestingModule({
      imports: [
        SignalsModule.forRoot({
          context({ url, headers }: ShopRequest) {
            read.push(url);
            return { actor: headers['x-user'] };
          },
        }),
        SignalsModule.forFeature([Heard, Unheard]),
      ],
      controllers: [Shop],
      providers: [Audit],
    }).compile();
    app = adapter === 'fastify' ? module.createNestApplication(new FastifyAdapter()) : module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterEach(() => app.close());

  async function order(user: string): Promise<unknown> {
    const answer = await fetch(`${await app.getUrl()}/orders`, { headers: { 'x-user': user } });
    return answer.json();
  }

  it('is read once per request, at the first send that has receivers', async () => {
    expect(await order('ann')).toEqual({ readBefore: 0 });
    expect(contexts).toEqual([{ actor: 'ann' }, { actor: 'ann' }]);
    expect(read).toEqual(['/orders']);
  });

  it('is that of its own request, however many are served at once', async () => {
    const users = Array.from({ length: 50 }, (_, at) => `user-${at}`);

    await Promise.all(users.map(order));

    const actors = contexts.map(context => (context as { actor: string }).actor);
    expect(actors.sort()).toEqual([...users, ...users].sort());
    expect(read).toHaveLength(50);
  });

  it('is empty outside a request', async () => {
    await app.get(Heard).send(this);
    expect(contexts).toEqual([{}]);
  });
});
