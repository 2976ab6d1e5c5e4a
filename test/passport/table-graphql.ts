import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { Args, GqlExecutionContext, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Credentials } from './graphql-app.js';
import { type TableRequest, TokenGuard } from './table-guards.js';

/** A guard as in Nest's documentation: the arguments of each field come into the one body of the request. */
@Injectable()
export class FieldGuard extends TokenGuard {
  override getRequest(context: ExecutionContext): TableRequest {
    const gql = GqlExecutionContext.create(context);
    const { req } = gql.getContext<{ req: TableRequest }>();
    Object.assign(req.body, gql.getArgs<object>());
    return req;
  }
}

@Resolver()
export class TableFields {
  @Query(() => String)
  hello() {
    return 'hello';
  }

  @UseGuards(FieldGuard)
  @Mutation(() => String, { nullable: true })
  login(@Args() { username }: Credentials) {
    return username;
  }

  @UseGuards(FieldGuard)
  @Query(() => String, { nullable: true })
  guess(@Args() { username }: Credentials) {
    return username;
  }
}

/** Express gives both in one object, Fastify one after the other. */
function context(first: { req?: object; res?: object }, reply: object): object {
  return first.req ? { req: first.req, res: first.res } : { req: first, res: reply };
}

export const tableGraphQL = (): DynamicModule =>
  GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, context });
