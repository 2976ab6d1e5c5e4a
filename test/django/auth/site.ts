import { MikroORM } from '@mikro-orm/core';
import {
  ConflictException,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Post,
  Req,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import session from 'express-session';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import passport from 'passport';
import { type Signal, SignalsModule, UserLoggedIn, UserLoggedOut, UserLoginFailed } from 'nestjs-signals';
import { Browser } from '../../passport/login-app.js';
import { createTestDatabase } from '../../support/database.js';
import { errorOf, type Recorder } from '../recorder.js';
import { accountsOn, ANN, LastLogin, LocalStrategy, SessionSerializer, User } from './accounts.js';

@Injectable()
class LoginGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    await super.logIn(context.switchToHttp().getRequest());
    return true;
  }
}

/** Returns the key of the user that Passport keeps in the session of a request; undefined without a user. */
export function keyIn({ session: kept }: Request): string | undefined {
  return (kept as { passport?: { user?: string } } | undefined)?.passport?.user;
}

@Controller()
class Routes {
  constructor(private readonly orm: MikroORM) {}

  @UseGuards(LoginGuard)
  @Post('login')
  login(@Req() { user }: Request) {
    return user;
  }

  /** A route at which the user is known, and may still be refused. */
  @UseGuards(AuthGuard('local'))
  @Post('authenticate')
  authenticate(@Req() { user }: { user: User }) {
    throw new ConflictException(`User#${user.id}`);
  }

  @Post('force-login')
  async forceLogin(@Req() request: Request) {
    const user = await this.orm.em.findOneOrFail(User, { username: ANN.username });
    const raised = await errorOf(() => promisify<object, void>(request.logIn.bind(request))(user));
    return { raised, session_has_user: keyIn(request) !== undefined };
  }

  @Post('logout')
  async logout(@Req() request: Request) {
    await promisify(request.logOut.bind(request) as (done: () => void) => void)();
  }

  @Get('whoami')
  whoAmI(@Req() { user }: Request) {
    return { user: user ?? null };
  }
}

@Module({ controllers: [Routes], providers: [LocalStrategy, SessionSerializer] })
class SiteModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const sessions = session({ secret: 'of the session', resave: false, saveUninitialized: false });
    consumer.apply(sessions, passport.session()).forRoutes('{*path}');
  }
}

interface SiteOptions {
  /** Whether the time of a login is saved, as in Django. */
  readonly lastLogin?: boolean;
  readonly signals?: readonly Type<Signal>[];
}

const AUTH_SIGNALS = [UserLoggedIn, UserLoggedOut, UserLoginFailed] as unknown as readonly Type<Signal>[];

/** A site with one user, on a database of its own, and a browser in front of it. */
export async function openSite(record: Recorder, { lastLogin = false, signals = AUTH_SIGNALS }: SiteOptions = {}) {
  const database = await createTestDatabase();
  const module = await Test.createTestingModule({
    imports: [accountsOn(database.url), SignalsModule.forRoot(), SiteModule],
    providers: lastLogin ? [LastLogin] : [],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>();
  app.useLogger(false);
  await app.get(MikroORM).schema.create();
  await app.listen(0, '127.0.0.1');
  const em = () => app.get(MikroORM).em.fork();
  await em().persist(em().create(User, ANN)).flush();
  for (const signal of signals) record.listenTo(app.get(signal));
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return {
    app,
    em,
    browser: new Browser({ url, settled: async () => {} }),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await database.drop();
    },
  };
}
