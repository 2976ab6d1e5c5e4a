import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  HttpException,
  Inject,
  Injectable,
  InternalServerErrorException,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  type NestModule,
  NotFoundException,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Res,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { of, throwError, catchError } from 'rxjs';

export class OutOfStock extends Error {
  constructor(readonly where: string) {
    super(`out of stock: ${where}`);
  }
}

/** Express's response, Fastify's reply, or the one inside it, which is what middleware of Fastify gets. */
interface AnyResponse {
  readonly raw?: AnyResponse;
  readonly headersSent?: boolean;
  status?(code: number): { send(body: object): void };
  end(): void;
}

/** Answers everything itself. */
@Catch()
export class CatchAll implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<AnyResponse>();
    if ((response.raw ?? response).headersSent) return;
    if (response.status) response.status(418).send({ caught: true });
    else response.end();
  }
}

/** Gives up. */
@Catch()
class Rethrowing implements ExceptionFilter {
  catch(exception: unknown): never {
    throw exception;
  }
}

@Injectable()
class FailingGuard implements CanActivate {
  canActivate(): boolean {
    throw new OutOfStock('guard');
  }
}

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class FailingPipe implements PipeTransform {
  transform(): never {
    throw new OutOfStock('pipe');
  }
}

const failingInterceptor: NestInterceptor = {
  intercept: () => throwError(() => new OutOfStock('interceptor')),
};
const swallowingInterceptor: NestInterceptor = {
  intercept: (_, next) => next.handle().pipe(catchError(() => of({ swallowed: true }))),
};

@Injectable()
class FailingMiddleware implements NestMiddleware {
  use(): void {
    throw new OutOfStock('middleware');
  }
}

@Injectable({ scope: Scope.REQUEST })
class FailingProvider {
  constructor(@Inject(REQUEST) readonly request: unknown) {
    throw new OutOfStock('provider');
  }
}

class Inherited {
  @Get('inherited')
  inherited(): never {
    throw new OutOfStock('inherited');
  }

  @UseFilters(CatchAll)
  @Get('inherited-filter')
  inheritedFilter(): never {
    throw new OutOfStock('inherited');
  }
}

@Controller('shop')
export class Shop extends Inherited {
  @Get('route')
  route(): never {
    throw new OutOfStock('route');
  }

  @Get('later')
  async later(): Promise<never> {
    await new Promise(setImmediate);
    throw new OutOfStock('later');
  }

  @UseGuards(FailingGuard)
  @Get('guard')
  guard() {}

  @Get('pipe/:id')
  pipe(@Param('id', FailingPipe) id: unknown) {
    return { id };
  }

  @UseInterceptors(failingInterceptor)
  @Get('interceptor')
  interceptor() {}

  @Get('text')
  text(): never {
    // oxlint-disable-next-line typescript/only-throw-error -- JavaScript lets anything be thrown
    throw 'a text';
  }

  @Get('after-answer')
  afterAnswer(@Res() response: AnyResponse): never {
    (response.raw ?? response).end();
    throw new OutOfStock('after the answer');
  }

  @Get('unavailable')
  unavailable(): never {
    throw new HttpException('later', 503);
  }

  @Get('internal')
  internal(): never {
    throw new InternalServerErrorException();
  }

  @UseFilters(CatchAll)
  @Get('method-filter')
  methodFilter(): never {
    throw new OutOfStock('method filter');
  }

  @UseFilters(Rethrowing)
  @Get('rethrown')
  rethrown(): never {
    throw new OutOfStock('rethrown');
  }

  @Get('not-found')
  notFound(): never {
    throw new NotFoundException();
  }

  @Get('forbidden')
  forbidden(): never {
    throw new ForbiddenException();
  }

  @UseGuards(ClosedGuard)
  @Get('closed')
  closed() {}

  @Get('number/:id')
  number(@Param('id', ParseIntPipe) id: number) {
    return { id };
  }

  @UseFilters(CatchAll)
  @Get('foreseen')
  foreseen(): never {
    throw new BadRequestException();
  }

  @UseInterceptors(swallowingInterceptor)
  @Get('swallowed')
  swallowed(): never {
    throw new OutOfStock('swallowed');
  }

  @Get('middleware')
  middleware() {}
}

@UseFilters(new CatchAll())
@Controller('filtered')
export class FilteredShop extends Inherited {
  @Get('route')
  route(): never {
    throw new OutOfStock('route');
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
export class ScopedShop {
  @Get('route')
  route(): never {
    throw new OutOfStock('route');
  }
}

@Controller('broken')
export class BrokenShop {
  constructor(@Inject(FailingProvider) readonly provider: FailingProvider) {}

  @Get('route')
  route() {}
}

@Module({ controllers: [Shop, FilteredShop, ScopedShop, BrokenShop], providers: [FailingProvider] })
export class FailingModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(FailingMiddleware).forRoutes('shop/middleware');
  }
}
