import fastifyCookie from '@fastify/cookie';
import { Authenticator } from '@fastify/passport';
import fastifySession from '@fastify/session';
import {
  Controller,
  Get,
  HttpCode,
  type INestApplication,
  type Provider,
  Post,
  Req,
  Res,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import session from 'express-session';
import passport from 'passport';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { LoginRoute, SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { RequestRecord } from '../http/request-record.js';
import { LoginRecord } from './login-record.js';
import { STRATEGIES } from './login-app.js';
import type { AdapterName } from './matrix-app.js';
import { ANN, BOB, LdapStrategy, LocalStrategy, PASSWORDS, type User } from './people.js';
import { TableGateway } from './table-gateway.js';
import { TableFields, tableGraphQL } from './table-graphql.js';
import {
  AppGuard,
  AskingGuard,
  ExistingGuard,
  giveToken,
  GlobalGuard,
  KeyGuard,
  OneAfterAnotherGuard,
  OwnGuard,
  ScopedAppGuard,
  ScopedGuard,
  SessionGuard,
  SideBySideGuard,
  type TableRequest,
  type TableResponse,
  TokenGuard,
} from './table-guards.js';

type Middleware = (request: object, response: object, next: (error?: unknown) => void) => void;

/** A user whose name, which a session would store, cannot be read. */
const UNREADABLE = {
  get name(): string {
    throw new Error('the database is down');
  },
};

@Controller()
class TableRoutes {
  @UseGuards(TokenGuard)
  @Post('guard')
  guard() {}

  @UseGuards(ScopedGuard)
  @Post('scoped')
  scoped() {}

  @Post(['app-guard', 'existing-guard', 'global-guard', 'scoped-app-guard'])
  guardedForAll() {}

  @UseGuards(OwnGuard)
  @Post('own-guard')
  ownGuard() {}

  @UseGuards(AskingGuard)
  @Post('asking-guard')
  askingGuard() {}

  @UseGuards(OneAfterAnotherGuard)
  @Post('one-after-another')
  oneAfterAnother() {}

  @UseGuards(SideBySideGuard)
  @Post('side-by-side')
  sideBySide() {}

  @UseGuards(AuthGuard(['local', 'ldap']))
  @Post('list')
  list(@Res({ passthrough: true }) response: TableResponse) {
    giveToken(response);
  }

  @Post('callback')
  callback(@Req() request: TableRequest, @Res({ passthrough: true }) response: TableResponse): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const called = (error: unknown, user: User | false) => {
        if (!user) return reject((error as Error | null) ?? new UnauthorizedException());
        giveToken(response);
        resolve({});
      };
      (passport.authenticate('local', called) as Middleware)(request, response, reject);
    });
  }

  @LoginRoute()
  @Post('login-route')
  loginRoute(@Req() request: TableRequest, @Res({ passthrough: true }) response: TableResponse) {
    const { username, password } = request.body;
    if (username === 'unreadable') throw new Error('the database is down');
    if (PASSWORDS.ann !== password) throw new UnauthorizedException();
    giveToken(response);
    return { user: ANN };
  }

  @UseGuards(SessionGuard)
  @Post('session')
  session() {}

  /** Gives a token before it knows whether the login is refused. */
  @Post('by-hand')
  async byHand(@Req() request: TableRequest, @Res({ passthrough: true }) response: TableResponse) {
    const { username, password } = request.body;
    const user = username === 'unreadable' ? UNREADABLE : ANN;
    if (user === ANN && PASSWORDS.ann !== password) throw new UnauthorizedException();
    if (user === ANN) giveToken(response);
    if ('raw' in request) await request.logIn(user);
    else await promisify<object, void>(request.logIn.bind(request) as never)(user);
  }

  @Post('middleware')
  @HttpCode(201)
  middleware(@Res({ passthrough: true }) response: TableResponse) {
    giveToken(response);
  }

  @Post('middleware-session')
  middlewareWithSession(@Res({ passthrough: true }) response: TableResponse) {
    giveToken(response);
  }

  @Get('whoami')
  whoami(@Req() { user }: TableRequest) {
    return { name: user?.name ?? null };
  }
}

export interface TableApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly url: string;
  readonly recorded: LoginRecord;
  readonly requests: RequestRecord;
}

/** An application with every way in, with sessions or without. */
export async function startTable(
  adapter: AdapterName,
  hasSessions: boolean,
  {
    options = {},
    providers = [LoginRecord, RequestRecord],
  }: { options?: SignalsModuleOptions; providers?: Provider[] } = {},
): Promise<TableApp> {
  const guards = [TokenGuard, KeyGuard, ExistingGuard];
  const module = await Test.createTestingModule({
    imports: [
      SignalsModule.forRoot({ passport: { login: [LocalStrategy, LdapStrategy] }, ...options }),
      tableGraphQL(),
    ],
    controllers: [TableRoutes],
    providers: [
      ...[...providers, ...STRATEGIES, ...guards, TableFields, TableGateway],
      { provide: APP_GUARD, useClass: AppGuard },
      { provide: APP_GUARD, useExisting: ExistingGuard },
      { provide: APP_GUARD, useClass: ScopedAppGuard },
    ],
  }).compile();
  const app: INestApplication =
    adapter === 'express'
      ? onExpress(module.createNestApplication<NestExpressApplication>(), hasSessions)
      : await onFastify(module.createNestApplication<NestFastifyApplication>(new FastifyAdapter()), hasSessions);
  app.useGlobalGuards(new GlobalGuard());
  app.useWebSocketAdapter(new WsAdapter(app));
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    get recorded() {
      return app.get(LoginRecord);
    },
    get requests() {
      return app.get(RequestRecord);
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function onExpress(app: NestExpressApplication, hasSessions: boolean): NestExpressApplication {
  app.useBodyParser('json');
  if (hasSessions) {
    app.use(session({ secret: 'of the session', resave: false, saveUninitialized: false }), passport.session());
  }
  app.use('/middleware', passport.authenticate('local', { session: false }));
  app.use('/middleware-session', passport.authenticate('local'));
  return app;
}

async function onFastify(app: NestFastifyApplication, hasSessions: boolean): Promise<NestFastifyApplication> {
  const authenticator = new Authenticator();
  authenticator.registerUserSerializer(async user => (user as User).name);
  authenticator.registerUserDeserializer(async name => [ANN, BOB].find(user => user.name === name) ?? null);
  authenticator.use('local', app.get(LocalStrategy));
  await app.register(fastifyCookie as never);
  if (!hasSessions) return app;
  const secret = 'of the session, and long enough for it';
  await app.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false });
  await app.register(authenticator.initialize() as never);
  await app.register(authenticator.secureSession() as never);
  const asks = { '/middleware': { session: false }, '/middleware-session': {} };
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('preValidation', async function (request, reply) {
    const options = asks[request.url as keyof typeof asks];
    if (options) await (authenticator.authenticate('local', options) as Function).call(this, request, reply);
  });
  return app;
}
