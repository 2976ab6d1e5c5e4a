import fastifyCookie from '@fastify/cookie';
import { Authenticator } from '@fastify/passport';
import fastifySession from '@fastify/session';
import {
  ConflictException,
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { LoginRoute, SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { ANN, JwtStrategy, LdapStrategy, LocalStrategy, PASSWORDS, type User } from './people.js';

/** The request of Fastify, as @fastify/passport extends it. */
interface FastifyRequest {
  readonly user: User | null;
  readonly session: { get(name: string): unknown };
  logIn(user: object, options?: { session: boolean }): Promise<void>;
  logOut(): Promise<void>;
}

@Injectable()
class OptionalGuard extends AuthGuard('local') {
  override handleRequest<Person>(_: unknown, user: Person): Person {
    return user || (null as Person);
  }
}

@Controller()
class Routes {
  @UseGuards(AuthGuard('local'))
  @Post('token')
  token() {}

  @UseGuards(AuthGuard('local'))
  @Post('refusing')
  refusing() {
    throw new ConflictException();
  }

  @UseGuards(AuthGuard(['local', 'ldap']))
  @Post('several')
  several() {}

  @UseGuards(OptionalGuard)
  @Post('optional')
  optional() {}

  @UseGuards(AuthGuard('jwt'))
  @Post('me')
  me() {}

  @LoginRoute({ user: () => ANN })
  @Post('marked')
  marked() {}

  @Post('session')
  session(@Req() request: FastifyRequest) {
    return request.logIn(ANN);
  }

  @Post('for-this-request')
  forThisRequest(@Req() request: FastifyRequest) {
    return request.logIn(ANN, { session: false });
  }

  @Post('logout')
  logout(@Req() request: FastifyRequest) {
    return request.logOut();
  }

  @Get('whoami')
  whoami(@Req() { user }: FastifyRequest) {
    return { name: user?.name ?? null };
  }
}

const bareRoute = jest.fn<() => Promise<object>>();

async function startFastify(): Promise<NestFastifyApplication> {
  const strategies = [LocalStrategy, LdapStrategy, JwtStrategy];
  const imports = [SignalsModule.forRoot()];
  const module = await Test.createTestingModule({
    imports,
    controllers: [Routes],
    providers: [LoginRecord, ...strategies],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  const authenticator = new Authenticator();
  authenticator.registerUserSerializer(async user => (user as User).name);
  authenticator.registerUserDeserializer(async name => (name === ANN.name ? ANN : null));
  authenticator.use('local', app.get(LocalStrategy)).use('ldap', app.get(LdapStrategy));
  await app.register(fastifyCookie as never);
  const cookie = { secure: false };
  await app.register(fastifySession, {
    secret: 'of the session, and long enough for it',
    cookie,
    saveUninitialized: false,
  });
  await app.register(authenticator.initialize() as never);
  await app.register(authenticator.secureSession() as never);
  const bare = { preValidation: authenticator.authenticate(['local', 'ldap']) as never };
  app.getHttpAdapter().getInstance().post('/bare', bare, bareRoute);
  app.useLogger(false);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const LDAP = { username: 'eve', password: PASSWORDS.eve };
const BAD = { username: 'ann', password: 'a guess' };
const QUIET = { username: 'ann', password: 'quietly a guess' };

describe('The auth signals on Fastify, of', () => {
  let app: NestFastifyApplication;
  let recorded: LoginRecord;

  beforeAll(async () => {
    app = await startFastify();
    recorded = app.get(LoginRecord);
  });

  beforeEach(() => {
    recorded.take();
    recorded.objection = {};
    bareRoute.mockResolvedValue({});
  });

  afterAll(() => app.close());

  const post = (url: string, payload: object = {}, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers });

  const nameAt = async (cookie: string) =>
    (await app.inject({ url: '/whoami', headers: { cookie } })).json<{ name: string | null }>().name;

  const ways = [
    { way: 'a token', url: '/token', body: GOOD, status: 201, sent: ['in'] },
    { way: 'a token that is refused', url: '/token', body: BAD, status: 401, sent: ['failed'] },
    { way: 'a token that is refused without an exception', url: '/token', body: QUIET, status: 401, sent: ['failed'] },
    { way: 'a route that refuses after its guard', url: '/refusing', body: GOOD, status: 409, sent: [] },
    { way: 'the second of two strategies', url: '/several', body: LDAP, status: 201, sent: ['in'] },
    { way: 'two strategies that refuse', url: '/several', body: QUIET, status: 401, sent: ['failed'] },
    { way: 'an optional guard that refuses', url: '/optional', body: QUIET, status: 201, sent: ['failed'] },
    { way: 'a session', url: '/session', body: {}, status: 201, sent: ['in'] },
    { way: 'a user for this request', url: '/for-this-request', body: {}, status: 201, sent: [] },
    { way: 'a logout without a user', url: '/logout', body: {}, status: 201, sent: ['out'] },
    { way: 'a @LoginRoute()', url: '/marked', body: {}, status: 201, sent: ['in'] },
    { way: 'a token that is not shown', url: '/me', body: GOOD, status: 401, sent: [] },
    { way: "@fastify/passport's own route", url: '/bare', body: GOOD, status: 200, sent: ['in'] },
    {
      way: "the second strategy of @fastify/passport's own route",
      url: '/bare',
      body: LDAP,
      status: 200,
      sent: ['in'],
    },
    { way: "@fastify/passport's own route that refuses", url: '/bare', body: QUIET, status: 401, sent: ['failed'] },
  ];

  it.each(ways)('$way: $sent', async ({ url, body, status, sent }) => {
    const response = await post(url, body);
    // @fastify/passport has not said yet whether there is another strategy.
    await new Promise(setImmediate);

    expect(recorded.take()).toEqual(sent);
    expect(response.statusCode).toBe(status);
  });

  it.each(ways.filter(({ sent }) => ['in', 'failed'].includes(sent[0]!)))(
    '$way, whose receivers answer their error instead',
    async ({ url, body }) => {
      const objection = async () => {
        await new Promise(setImmediate);
        throw new ForbiddenException('locked');
      };
      recorded.objection = { in: objection, failed: objection };

      expect((await post(url, body)).statusCode).toBe(403);
    },
  );

  it("@fastify/passport's own route, which is not reached by a login that was refused, however long receivers take", async () => {
    const slowly = () => new Promise(setImmediate);
    recorded.objection = { failed: slowly, in: slowly };

    const refused = await post('/bare', QUIET);

    expect([refused.statusCode, refused.body]).toEqual([401, 'Unauthorized']);
    expect(bareRoute).not.toHaveBeenCalled();
    expect((await post('/bare', GOOD)).statusCode).toBe(200);
    expect(bareRoute).toHaveBeenCalledTimes(1);
  });

  it('a logout, while the user and the session are still there, whatever the receivers do', async () => {
    const cookie = String((await post('/session')).headers['set-cookie']).split(';')[0]!;
    expect(await nameAt(cookie)).toBe('ann');
    let inside: unknown;
    recorded.objection.out = payload => {
      const request = payload.request as unknown as FastifyRequest;
      inside = [request.user, request.session.get('passport')];
      throw new Error('the audit is down');
    };

    const response = await post('/logout', {}, { cookie });

    expect(inside).toEqual([ANN, 'ann']);
    expect(response.statusCode).toBe(500);
    expect(await nameAt(cookie)).toBeNull();
  });

  it('a session that a receiver refuses, of which nothing stays', async () => {
    recorded.objection.in = () => {
      throw new ForbiddenException('banned');
    };
    const response = await post('/session');

    expect(response.statusCode).toBe(403);
    expect(await nameAt(String(response.headers['set-cookie']).split(';')[0]!)).toBeNull();
  });
});
