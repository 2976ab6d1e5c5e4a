import fastifyCookie from '@fastify/cookie';
import { Authenticator } from '@fastify/passport';
import fastifySession from '@fastify/session';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { Request, Response } from 'express';
import session from 'express-session';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import passport from 'passport';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { STRATEGIES } from './login-app.js';
import { MatrixRoutes } from './matrix-routes.js';
import { ANN, BOB, LdapStrategy, LocalStrategy, OAuthStrategy, type User } from './people.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

interface MatrixAppMetadata extends ModuleMetadata {
  options?: SignalsModuleOptions;
}

/** An application with every way to log in, on either adapter, and what the application itself provides. */
export async function startMatrixApp(
  adapter: AdapterName,
  { options = {}, providers = [] }: MatrixAppMetadata,
): Promise<{ readonly app: INestApplication; readonly url: string } & AsyncDisposable> {
  const login = [LocalStrategy, LdapStrategy, OAuthStrategy];
  const module = await Test.createTestingModule({
    imports: [SignalsModule.forRoot({ passport: { login }, ...options })],
    controllers: [MatrixRoutes],
    providers: [...STRATEGIES, ...providers],
  }).compile();
  const app: INestApplication =
    adapter === 'express'
      ? withPassport(module.createNestApplication<NestExpressApplication>())
      : await withFastifyPassport(module.createNestApplication<NestFastifyApplication>(new FastifyAdapter()));
  app.useLogger(false);
  await app.init();
  if (adapter === 'fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  const server = app.getHttpServer() as Server;
  await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { app, url, [Symbol.asyncDispose]: () => app.close() };
}

type Middleware = (request: Request, response: Response, next: (error?: unknown) => void) => void;

/** Routes that Passport guards itself. */
const PLAIN = [
  { path: '/plain/token', strategy: 'local', options: { session: false } },
  { path: '/plain/session', strategy: 'local', options: {} },
  { path: '/plain/redirect', strategy: 'local', options: { failureRedirect: '/again' } },
  { path: '/plain/oauth', strategy: 'oauth', options: { session: false } },
];

function withPassport(app: NestExpressApplication): NestExpressApplication {
  app.useBodyParser('json');
  app.use(session({ secret: 'of the session', resave: false, saveUninitialized: false }));
  app.use(passport.session());
  for (const { path, strategy, options } of PLAIN) {
    app.use(path, passport.authenticate(strategy, options) as Middleware);
    app.use(path, (_: Request, response: Response) => void response.json({}));
  }
  return app;
}

async function withFastifyPassport(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  const authenticator = new Authenticator();
  authenticator.registerUserSerializer(async user => (user as User).name);
  authenticator.registerUserDeserializer(async name => [ANN, BOB].find(user => user.name === name) ?? null);
  authenticator.use('local', app.get(LocalStrategy));
  authenticator.use('oauth', app.get(OAuthStrategy));
  await app.register(fastifyCookie as never);
  const secret = 'of the session, and long enough for it';
  await app.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false });
  await app.register(authenticator.initialize() as never);
  await app.register(authenticator.secureSession() as never);
  const fastify = app.getHttpAdapter().getInstance();
  for (const { path: url, strategy, options } of PLAIN) {
    const preValidation = authenticator.authenticate(strategy, options) as never;
    fastify.route({ method: ['GET', 'POST'], url, preValidation, handler: async () => ({}) });
  }
  return app;
}
