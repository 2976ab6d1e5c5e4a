import {
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type INestApplication,
  Post,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import session from 'express-session';
import type { AddressInfo } from 'node:net';
import passport from 'passport';
import { SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { ADAPTERS } from './matrix-app.js';
import { ANN, LocalStrategy, PASSWORDS } from './people.js';

type Handed = (request: object, body: object) => object;

/** The ways in which guards replace the request to give Passport other credentials, as for a field of GraphQL. */
const HANDED: Readonly<Record<string, Handed>> = {
  'an object that inherits from the request': (request, body) =>
    Object.assign(Object.create(request) as object, { body }),
  'one that inherits from such an object': (request, body) =>
    Object.create(HANDED['an object that inherits from the request']!(request, body)) as object,
  'a proxy of the request': (request, body) =>
    new Proxy(request, { get: (target, key) => (key === 'body' ? body : (Reflect.get(target, key) as unknown)) }),
  'a copy of the request': (request, body) => ({ ...request, body }),
};

async function start(adapter: (typeof ADAPTERS)[number], handed: Handed, withSession = false) {
  const owns = new WeakMap<object, object>();
  @Injectable()
  class OwnGuard extends AuthGuard('local') {
    override getRequest(context: ExecutionContext): object {
      const request = super.getRequest(context) as { body: { credentials: object } };
      const own = owns.get(request) ?? handed(request, request.body.credentials);
      owns.set(request, own);
      return own;
    }

    override async canActivate(context: ExecutionContext): Promise<boolean> {
      await super.canActivate(context);
      if (withSession) await super.logIn(this.getRequest(context) as Parameters<typeof this.logIn>[0]);
      return true;
    }
  }
  @Controller()
  class Routes {
    @UseGuards(OwnGuard)
    @Post('login')
    login() {}
  }
  const module = await Test.createTestingModule({
    imports: [SignalsModule.forRoot()],
    controllers: [Routes],
    providers: [LoginRecord, LocalStrategy],
  }).compile();
  const app: INestApplication = module.createNestApplication(
    adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
    { logger: false },
  );
  if (withSession) {
    app.use(session({ secret: 'of the session', resave: false, saveUninitialized: false }));
    app.use(passport.session());
  }
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const login = (credentials: object) =>
    fetch(`${url}/login`, {
      method: 'POST',
      body: JSON.stringify({ credentials }),
      headers: { 'content-type': 'application/json' },
    });
  return { recorded: app.get(LoginRecord), login, [Symbol.asyncDispose]: () => app.close() };
}

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const ways = ADAPTERS.flatMap(adapter => Object.keys(HANDED).map(name => [adapter, name] as const));

describe('A guard that hands Passport an object of its own', () => {
  it.each(ways)('reports logins and failures once, on %s: %s', async (adapter, name) => {
    await using app = await start(adapter, HANDED[name]!);

    expect((await app.login(GOOD)).status).toBe(201);
    expect(app.recorded.of('in').map(({ payload }) => payload.user)).toEqual([ANN]);
    expect(app.recorded.take()).toEqual(['in']);
    expect((await app.login({ ...GOOD, password: 'a guess' })).status).toBe(401);
    expect(app.recorded.take()).toEqual(['failed']);
  });

  it.each(ways)('is obeyed where a receiver refuses, on %s: %s', async (adapter, name) => {
    await using app = await start(adapter, HANDED[name]!);
    app.recorded.objection.in = () => {
      throw new ForbiddenException('banned');
    };

    expect((await app.login(GOOD)).status).toBe(403);
    expect(app.recorded.take()).toEqual(['in']);
  });

  it.each(Object.keys(HANDED))(
    'logs in with a session, which a refused login does not leave, on express: %s',
    async name => {
      await using app = await start('express', HANDED[name]!, true);

      expect((await app.login(GOOD)).headers.getSetCookie()).toHaveLength(1);
      app.recorded.objection.in = () => {
        throw new ForbiddenException('banned');
      };
      const refused = await app.login(GOOD);
      expect({ status: refused.status, cookies: refused.headers.getSetCookie() }).toEqual({ status: 403, cookies: [] });
      expect(app.recorded.take()).toEqual(['in', 'in']);
    },
  );
});
