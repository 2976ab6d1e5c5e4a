import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { Context, CONTEXT, GraphQLModule, Int, Query, Resolver } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { type Message, OnSignal, Signal, SignalsModule } from 'nestjs-signals';

class Asked extends Signal {}

interface GraphQLContext {
  readonly req: { readonly headers: Readonly<Record<string, string>> };
}

@Injectable({ scope: Scope.REQUEST })
class Basket {
  static made = 0;
  readonly number = ++Basket.made;

  constructor(@Inject(CONTEXT) readonly context: object) {}

  @OnSignal(Asked)
  onAsked(_payload: object, { context }: Message) {
    return { basket: this.number, own: this.context, user: context.user };
  }
}

interface Answer {
  readonly basket: number;
  readonly own: object;
  readonly user: string;
}

const seen: object[] = [];

async function ask(asked: Asked): Promise<Answer> {
  const [response] = await asked.send(null);
  return (response as unknown as { value: Answer }).value;
}

@Resolver()
class Plain {
  constructor(
    @Inject(Asked) private readonly asked: Asked,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {}

  @Query(() => Int)
  async plain(@Context() context: GraphQLContext) {
    const { basket, own, user } = await ask(this.asked);
    const resolved = await this.moduleRef.resolve(Basket, ContextIdFactory.getByRequest(context));
    seen.push({ isOne: basket === resolved.number, isContext: own === context, user });
    return 1;
  }
}

@Injectable({ scope: Scope.REQUEST })
@Resolver()
class Scoped {
  constructor(
    @Inject(Asked) private readonly asked: Asked,
    @Inject(Basket) private readonly basket: Basket,
  ) {}

  @Query(() => Int)
  async scoped(@Context() context: GraphQLContext) {
    const { basket, own, user } = await ask(this.asked);
    seen.push({ isOne: basket === this.basket.number, isContext: own === context, user });
    return 1;
  }
}

describe('A request-scoped receiver of what a resolver sends', () => {
  it.each(['plain', 'scoped', 'plain scoped', 'scoped plain'])('has its scope, and its context: %s', async fields => {
    seen.length = 0;
    const made = Basket.made;
    const module = await Test.createTestingModule({
      imports: [
        GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
        SignalsModule.forRoot({ context: ({ headers }: GraphQLContext['req']) => ({ user: headers['x-user'] }) }),
      ],
      providers: [Asked, Basket, Plain, Scoped],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user': 'ann' },
      body: JSON.stringify({ query: `{ ${fields} }` }),
    });

    expect(answer.status).toBe(200);
    expect(seen).toEqual(fields.split(' ').map(() => ({ isOne: true, isContext: true, user: 'ann' })));
    expect(Basket.made).toBe(made + 1);
    await app.close();
  });
});
