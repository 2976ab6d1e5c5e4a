import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  ConflictException,
  type ExecutionContext,
  Injectable,
  type ModuleMetadata,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import {
  Args,
  ArgsType,
  Context,
  Field,
  GqlExecutionContext,
  GraphQLModule,
  Mutation,
  Query,
  Resolver,
} from '@nestjs/graphql';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { promisify } from 'node:util';
import { AuthSignals, LoginRoute, type SignalsModuleOptions } from 'nestjs-signals';
import { LoginApp } from './login-app.js';
import { ANN, BOB, PASSWORDS, type User } from './people.js';

interface GraphQLContext {
  readonly req: Request;
}

@ArgsType()
export class Credentials {
  @Field(() => String)
  username!: string;

  @Field(() => String)
  password!: string;
}

/** A guard as in Nest's documentation on GraphQL. */
@Injectable()
class GqlLoginGuard extends AuthGuard('local') {
  override getRequest(context: ExecutionContext): Request {
    const gql = GqlExecutionContext.create(context);
    const { req } = gql.getContext<GraphQLContext>();
    req.body = { ...(req.body as object), ...gql.getArgs<object>() };
    return req;
  }
}

@Injectable()
class GqlTokenGuard extends AuthGuard('jwt') {
  override getRequest(context: ExecutionContext): Request {
    return GqlExecutionContext.create(context).getContext<GraphQLContext>().req;
  }
}

const nullable = { nullable: true };

@Resolver()
class Logins {
  constructor(private readonly auth: AuthSignals) {}

  @Query(() => String)
  hello() {
    return 'hello';
  }

  @UseGuards(GqlTokenGuard)
  @Query(() => String, nullable)
  me(@Context('req') { user }: { user: User }) {
    return user.name;
  }

  @UseGuards(GqlLoginGuard)
  @Mutation(() => String, nullable)
  login(@Args() { username }: Credentials) {
    return `token of ${username}`;
  }

  @UseGuards(GqlLoginGuard)
  @Mutation(() => String, nullable)
  refusing(@Args() { username }: Credentials): string {
    throw new ConflictException(`${username} has a second factor.`);
  }

  @LoginRoute({ user: (_, result) => (result === 'ann' ? ANN : BOB) })
  @Mutation(() => String, nullable)
  marked(@Args() { username, password }: Credentials) {
    if (PASSWORDS[username] !== password) throw new UnauthorizedException();
    return username;
  }

  @Mutation(() => String, nullable)
  async session(@Context('req') request: Request) {
    await promisify<object, void>(request.logIn.bind(request))(ANN);
    return ANN.name;
  }

  @Mutation(() => String, nullable)
  async byHand(@Context('req') request: Request) {
    await this.auth.loggedIn(request, ANN);
    return ANN.name;
  }
}

/** An application with GraphQL, and every way to log in there. */
export function startGraphQL(
  metadata: ModuleMetadata & { options?: SignalsModuleOptions; isHeard?: boolean } = {},
): Promise<LoginApp> {
  const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true });
  const { providers = [], ...more } = metadata;
  return LoginApp.start({ ...more, imports: [graphql], providers: [Logins, ...providers] });
}
