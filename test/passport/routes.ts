import {
  Body,
  type CanActivate,
  ConflictException,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Module,
  type NestModule,
  type MiddlewareConsumer,
  Post,
  Req,
  Res,
  UnauthorizedException,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request, Response } from 'express';
import passport from 'passport';
import { Outsider, type User } from './people.js';
import { KindFilter, OptionalGuard, ScopedGuard } from './route-guards.js';

passport.use(new Outsider());

/** A guard as in Nest's documentation on sessions. */
@Injectable()
export class SessionGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAllowed = (await super.canActivate(context)) as boolean;
    await super.logIn(context.switchToHttp().getRequest());
    return isAllowed;
  }
}

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

type Middleware = (request: Request, response: Response, next: (error?: unknown) => void) => void;

class Inherited {
  @Post('inherited')
  inherited() {}
}

@UseGuards(AuthGuard('local'))
@Controller()
class GuardedRoutes extends Inherited {
  @Post('guarded')
  guarded() {}
}

@Controller()
export class Routes {
  @UseGuards(SessionGuard)
  @Post('session')
  session(@Req() { user }: { user: User }) {
    return user;
  }

  @Post('logout')
  @HttpCode(200)
  logout(@Req() request: Request): Promise<object> {
    return new Promise((resolve, reject) => request.logout(error => (error ? reject(error) : resolve({}))));
  }

  @UseGuards(AuthGuard('local'))
  @Post('token')
  token(@Req() { user }: { user: User }) {
    return { token: `token of ${user.name}` };
  }

  @UseGuards(AuthGuard('local'))
  @Post('refusing')
  refusing() {
    throw new ConflictException('A second factor is missing.');
  }

  @UseFilters(KindFilter)
  @UseGuards(AuthGuard('local'))
  @Post('kind')
  kind() {}

  @UseFilters(KindFilter)
  @UseGuards(AuthGuard('local'), ClosedGuard)
  @Post('second-guard')
  secondGuard() {}

  @UseGuards(OptionalGuard)
  @Post('optional')
  optional(@Req() { user }: { user: User | null }) {
    return { user };
  }

  @UseGuards(ScopedGuard)
  @Post('scoped')
  scoped(@Body() body: object) {
    return body;
  }

  @UseGuards(AuthGuard(['local', 'ldap']))
  @Post('several')
  several() {}

  @UseGuards(AuthGuard(['local', 'jwt']))
  @Post('either')
  either() {}

  @UseGuards(AuthGuard(['local', 'outsider']))
  @Post('either-outsider')
  eitherOutsider() {}

  @UseGuards(AuthGuard('jwt'))
  @Get('me')
  me(@Req() { user }: { user: User }) {
    return user;
  }

  @UseGuards(AuthGuard('oauth'))
  @Get('oauth')
  oauth() {}

  /** Asks Passport itself. */
  @Post('callback')
  callback(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    return new Promise((resolve, reject) => {
      const called = (error: unknown, user: User | false) =>
        user ? resolve({ token: `token of ${user.name}` }) : reject(error ?? new UnauthorizedException());
      (passport.authenticate('local', called) as Middleware)(request, response, reject);
    });
  }

  /** Answers itself. */
  @UseGuards(AuthGuard('local'))
  @Post('answering')
  answering(@Res() response: Response) {
    response.status(200).json({});
  }

  @Get('whoami')
  whoami(@Req() { user }: { user?: User }) {
    return { name: user?.name ?? null };
  }

  @Post('plain/*way')
  plain(@Req() { user }: { user: User }) {
    return user;
  }
}

/** Routes behind Passport's own middleware, beside the others. */
@Module({ controllers: [Routes, GuardedRoutes] })
export class RoutesModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(passport.authenticate('local', { session: false })).forRoutes('plain/token');
    consumer.apply(passport.authenticate('local')).forRoutes('plain/session');
    consumer.apply(passport.authenticate(['local', 'jwt'], { session: false })).forRoutes('plain/either');
    consumer.apply(passport.authenticate('local', { failureRedirect: '/again' })).forRoutes('plain/redirect');
    consumer.apply(passport.authorize('local') as Middleware).forRoutes('plain/another-account');
  }
}
