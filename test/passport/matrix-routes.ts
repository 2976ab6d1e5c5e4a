import {
  ConflictException,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Post,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { promisify } from 'node:util';
import { KindFilter, OptionalGuard, ScopedGuard } from './route-guards.js';

/** A request of Express with Passport, or one of Fastify with @fastify/passport. */
type AnyRequest = {
  user: object;
  logIn(user: object): Promise<void>;
  logOut(finish?: (error?: unknown) => void): Promise<void> | void;
};

/** A guard as in Nest's documentation on sessions; @fastify/passport's `logIn()` is a promise. */
@Injectable()
class SessionGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    const request = context.switchToHttp().getRequest<AnyRequest>();
    await ('raw' in request ? request.logIn(request.user) : super.logIn(request));
    return true;
  }
}

/** Every way to log in with a guard of @nestjs/passport. */
@Controller()
export class MatrixRoutes {
  @UseGuards(SessionGuard)
  @Post('session')
  session() {}

  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: AnyRequest) {
    const logOut = (finish?: (error?: unknown) => void) => request.logOut(finish) as void;
    await ('raw' in request ? logOut() : promisify(logOut)());
  }

  @UseGuards(AuthGuard('local'))
  @Post('token')
  token() {}

  @UseGuards(AuthGuard('local'))
  @Post('refusing')
  refusing() {
    throw new ConflictException('A second factor is missing.');
  }

  @UseFilters(KindFilter)
  @UseGuards(AuthGuard('local'))
  @Post('kind')
  kind() {}

  @UseGuards(OptionalGuard)
  @Post('optional')
  optional() {}

  @UseGuards(ScopedGuard)
  @Post('scoped')
  scoped() {}

  @UseGuards(AuthGuard(['local', 'ldap']))
  @Post('several')
  several() {}

  @UseGuards(AuthGuard('jwt'))
  @Get('me')
  me() {}

  @UseGuards(AuthGuard('oauth'))
  @Get('oauth')
  oauth() {}
}
