import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import {
  type CanActivate,
  Catch,
  type ExceptionFilter,
  ForbiddenException,
  Injectable,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Field, GraphQLModule, Int, ObjectType, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import type { RequestRecord } from './request-record.js';
import { RequestApp } from './request-app.js';

@Injectable()
class FailingGuard implements CanActivate {
  canActivate(): boolean {
    throw new Error('the guard fails');
  }
}

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Catch()
class Translating implements ExceptionFilter {
  catch(): GraphQLError {
    return new GraphQLError('translated');
  }
}

@ObjectType()
class Item {
  @Field(() => Int)
  id!: number;
}

@Resolver(() => Item)
class Items {
  @Query(() => Int)
  fine() {
    return 1;
  }

  @Query(() => [Item])
  items() {
    return [{ id: 1 }];
  }

  @ResolveField(() => Int)
  price(@Parent() { id }: Item): number {
    throw new Error(id > 0 ? 'the field fails' : 'no such item');
  }

  @Query(() => Int, { nullable: true })
  fails(): number {
    throw new Error('the resolver fails');
  }

  @UseGuards(FailingGuard)
  @Query(() => Int, { nullable: true })
  guarded() {
    return 1;
  }

  @UseFilters(Translating)
  @Query(() => Int, { nullable: true })
  translated(): number {
    throw new Error('translated');
  }

  @UseGuards(ClosedGuard)
  @Query(() => Int, { nullable: true })
  closed() {
    return 1;
  }

  @Query(() => Int, { nullable: true })
  forbidden(): number {
    throw new ForbiddenException();
  }

  @Query(() => Int, { nullable: true })
  foreseen(): number {
    throw new GraphQLError('no such order', { extensions: { code: 'NOT_FOUND' } });
  }

  @Query(() => Int, { nullable: true })
  unforeseen(): number {
    throw new GraphQLError('something went wrong');
  }
}

describe.each([
  { filters: 'no filter', providers: [] },
  { filters: 'a filter for all', providers: [{ provide: APP_FILTER, useClass: Translating }] },
])('With GraphQL and $filters,', ({ providers }) => {
  let app: RequestApp;
  let recorded: RequestRecord;

  beforeAll(async () => {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true });
    app = await RequestApp.start({ imports: [graphql], providers: [Items, ...providers] });
    ({ recorded } = app);
  });

  beforeEach(() => void recorded.take());

  afterAll(() => app[Symbol.asyncDispose]());

  const ask = async (query: string) => {
    const response = await app.post('/graphql', JSON.stringify({ query }));
    await recorded.finished();
    return response;
  };

  it('a request is one, whatever it asks for', async () => {
    expect((await ask('{ fine again: fine items { id } }')).status).toBe(200);

    expect(recorded.names).toEqual(['started', 'finished']);
    expect(recorded.of('finished')[0]!.payload).toMatchObject({ statusCode: 200, aborted: false });
  });

  it.each(['fails', 'guarded', 'translated', 'unforeseen'])(
    'the exception of %s is reported with its request, by its resolver',
    async field => {
      await ask(`{ ${field} }`);

      const [exception] = recorded.of('exception');
      expect(recorded.names).toEqual(['started', 'exception', 'finished']);
      expect(exception!.sender).toBe(Items);
      expect(exception!.payload.request).toBe(recorded.of('started')[0]!.payload.request);
    },
  );

  it('every exception of a request is reported', async () => {
    await ask('{ fails guarded }');

    const errors = recorded.of('exception').map(({ payload }) => String(payload.error));
    expect(errors.sort()).toEqual(['Error: the guard fails', 'Error: the resolver fails']);
  });

  it.each(['closed', 'forbidden', 'foreseen', 'nothingOfThisName'])('%s is no exception', async field => {
    await ask(`{ ${field} }`);

    expect(recorded.names).toEqual(['started', 'finished']);
  });

  it('Nest shows filters no exception of a field that a method resolves', async () => {
    await ask('{ items { price } }');

    expect(recorded.names).toEqual(['started', 'finished']);
  });
});

describe('With GraphQL whose fields have filters,', () => {
  it('the exception of a field that a method resolves is reported', async () => {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      fieldResolverEnhancers: ['filters'],
    });
    await using app = await RequestApp.start({ imports: [graphql], providers: [Items] });

    await app.post('/graphql', JSON.stringify({ query: '{ items { price } }' }));
    await app.recorded.finished();

    expect(app.recorded.names).toEqual(['started', 'exception', 'finished']);
  });
});
