import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Args, Context, GqlExecutionContext, GraphQLModule, Query, Resolver } from '@nestjs/graphql';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import fc from 'fast-check';
import type { AddressInfo } from 'node:net';
import { AuthSignals, LoginRoute, SignalsModule } from 'nestjs-signals';
import { Credentials } from './graphql-app.js';
import { LoginRecord } from './login-record.js';
import { Browser } from './login-app.js';
import { type AdapterName, ADAPTERS } from './matrix-app.js';
import { ANN, BOB, LocalStrategy, PASSWORDS } from './people.js';

/** A guard as in Nest's documentation: the arguments of each field come into the one body of the request. */
@Injectable()
class FieldGuard extends AuthGuard('local') {
  override getRequest(context: ExecutionContext): Request {
    const gql = GqlExecutionContext.create(context);
    const { req } = gql.getContext<{ req: Request }>();
    Object.assign((req.body ??= {}) as object, gql.getArgs<object>());
    return req;
  }
}

/** Gives each field a request of its own, which inherits from that of all. */
@Injectable()
class OwnRequestGuard extends AuthGuard('local') {
  override getRequest(context: ExecutionContext): Request {
    const gql = GqlExecutionContext.create(context);
    const own = Object.create(gql.getContext<{ req: Request }>().req) as Request;
    return Object.assign(own, { body: gql.getArgs<object>() });
  }
}

/** Asks after a while, so that guesses overtake each other. */
@Injectable()
class SlowGuard extends FieldGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
    return super.canActivate(context) as Promise<boolean>;
  }
}

@Injectable()
class AskingGuard implements CanActivate {
  constructor(private readonly guard: FieldGuard) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return (await this.guard.canActivate(context)) as boolean;
    } catch {
      return false;
    }
  }
}

/** Guards the fields of one name. */
@Injectable()
class GuardForAll extends FieldGuard {
  override canActivate(context: ExecutionContext) {
    return context.getHandler().name === 'forAll' ? super.canActivate(context) : true;
  }
}

const nullable = { nullable: true };

@Resolver()
class Guesses {
  constructor(private readonly auth: AuthSignals) {}

  @UseGuards(FieldGuard)
  @Query(() => String, nullable)
  guarded(@Args() { username }: Credentials) {
    return username;
  }

  @UseGuards(OwnRequestGuard)
  @Query(() => String, nullable)
  ofItsOwn(@Args() { username }: Credentials) {
    return username;
  }

  @UseGuards(SlowGuard)
  @Query(() => String, nullable)
  slow(@Args() { username }: Credentials) {
    return username;
  }

  @UseGuards(AskingGuard)
  @Query(() => String, nullable)
  asking(@Args() { username }: Credentials) {
    return username;
  }

  @Query(() => String, nullable)
  forAll(@Args() { username }: Credentials) {
    return username;
  }

  @LoginRoute({ user: (_, result) => [ANN, BOB].find(({ name }) => name === result) })
  @Query(() => String, nullable)
  async routed(@Args() { username, password }: Credentials) {
    await new Promise(setImmediate);
    if (PASSWORDS[username] !== password) throw new UnauthorizedException();
    return username;
  }

  @Query(() => String, nullable)
  async byHand(@Args() { username, password }: Credentials, @Context('req') req: Request) {
    const user = [ANN, BOB].find(({ name }) => name === username)!;
    if (PASSWORDS[username] === password) await this.auth.loggedIn(req, user);
    else await this.auth.loginFailed({ username, password }, req);
    return PASSWORDS[username] === password ? username : null;
  }
}

const FIELDS = ['guarded', 'ofItsOwn', 'slow', 'asking', 'forAll', 'routed', 'byHand'] as const;

interface Guess {
  readonly field: (typeof FIELDS)[number];
  readonly username: 'ann' | 'bob';
  readonly isRight: boolean;
}

/** An application without sessions. */
async function startGuesses(adapter: AdapterName) {
  const signals = SignalsModule.forRoot({ passport: { login: [LocalStrategy] } });
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true });
  const guard = { provide: APP_GUARD, useClass: GuardForAll };
  const providers = [LoginRecord, LocalStrategy, Guesses, FieldGuard, guard];
  const module = await Test.createTestingModule({ imports: [signals, graphql], providers }).compile();
  const app = module.createNestApplication(adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter());
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    settled: async () => {},
    recorded: app.get(LoginRecord),
    close: () => app.close(),
  };
}

type GuessesApp = Awaited<ReturnType<typeof startGuesses>>;

describe.each(ADAPTERS)('On %s, guesses as fields of one GraphQL request, side by side,', adapter => {
  let app: GuessesApp;

  beforeAll(async () => {
    app = await startGuesses(adapter);
  });

  afterAll(() => app.close());

  /** @returns who was let in, by field. */
  async function guess(guesses: readonly Guess[]) {
    const fields = guesses.map(({ field, username, isRight }, at) => {
      const password = isRight ? PASSWORDS[username]! : `guess ${at}`;
      return `f${at}: ${field}(username: "${username}", password: "${password}")`;
    });
    const response = await new Browser(app).post('/graphql', { query: `{ ${fields.join(' ')} }` });
    const { data } = (await response.json()) as { data: Record<string, string | null> };
    return guesses.map((_, at) => data[`f${at}`]);
  }

  const failuresOf = ({ recorded }: GuessesApp) =>
    recorded.of('failed').map(({ payload }) => (payload.credentials as { username: string }).username);
  const loginsOf = ({ recorded }: GuessesApp) =>
    recorded.of('in').map(({ payload }) => (payload.user as { name: string }).name);

  it.each(FIELDS)('are ten failures when ten are wrong: %s', async field => {
    app.recorded.take();

    await guess(Array.from({ length: 10 }, () => ({ field, username: 'ann' as const, isRight: false })));

    expect(failuresOf(app)).toEqual(Array.from({ length: 10 }, () => 'ann'));
    expect(loginsOf(app)).toEqual([]);
  });

  it('are reported exactly, whatever is mixed', async () => {
    const aGuess = fc.record<Guess>({
      field: fc.constantFrom(...FIELDS),
      username: fc.constantFrom('ann', 'bob'),
      isRight: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(aGuess, { minLength: 1, maxLength: 12 }), async guesses => {
      app.recorded.take();

      const answers = await guess(guesses);

      const right = guesses.filter(({ isRight }) => isRight).map(({ username }) => username);
      const wrong = guesses.filter(({ isRight }) => !isRight).map(({ username }) => username);
      expect(answers).toEqual(guesses.map(({ username, isRight }) => (isRight ? username : null)));
      expect(failuresOf(app).toSorted()).toEqual(wrong.toSorted());
      expect(loginsOf(app).toSorted()).toEqual([...new Set(right)].toSorted());
    });

    await fc.assert(property, { numRuns: 60 });
  });
});
