import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Logger,
  ParseIntPipe,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { jest } from '@jest/globals';
import type { Request } from 'express';
import { AuthSignals, LoginRoute } from 'nestjs-signals';
import { of, throwError } from 'rxjs';
import { Browser, LoginApp } from './login-app.js';
import { ANN, BOB, PASSWORDS, User } from './people.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const BAD = { username: 'ann', password: 'a guess' };

function check({ username = '', password }: { username?: string; password?: string }): User {
  if (password === undefined) throw new BadRequestException('Who are you?');
  if (PASSWORDS[username] !== password) throw new UnauthorizedException();
  return ANN;
}

@Injectable()
class PasswordGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class TellingGuard implements CanActivate {
  constructor(private readonly auth: AuthSignals) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.auth.loggedIn(context.switchToHttp().getRequest<object>(), ANN);
    return true;
  }
}

@Controller()
class LoginRoutes {
  constructor(private readonly auth: AuthSignals) {}

  @LoginRoute({ user: (_, result: { user: User }) => result.user })
  @Post('login')
  login(@Body() body: object) {
    return { user: check(body) };
  }

  @LoginRoute()
  @Post('default')
  default(@Body() body: object) {
    return { user: check(body) };
  }

  @LoginRoute()
  @Post('on-request')
  onRequest(@Req() request: Request) {
    request.user = check(request.body as object);
    return { user: BOB };
  }

  @LoginRoute()
  @Post('dto')
  dto(@Body() body: object) {
    return { user: { name: check(body).name, token: 'a token' } };
  }

  @LoginRoute({ user: ({ body }) => check(body as object) })
  @Post('dto-and-user')
  dtoAndUser(@Body() body: object) {
    return this.dto(body);
  }

  @LoginRoute()
  @Post('another')
  another(@Req() request: Request) {
    return { user: check(request.body as object) };
  }

  @LoginRoute()
  @Post('no-user')
  noUser() {
    return {};
  }

  @LoginRoute({ user: async (_, { mfa }: { mfa: boolean }) => (mfa ? undefined : ANN) })
  @Post('second-factor')
  secondFactor(@Body('code') code?: string) {
    return { mfa: code === undefined };
  }

  @LoginRoute({ user: () => ANN })
  @Post('by-hand')
  async byHand(@Req() request: Request) {
    await this.auth.loggedIn(request, BOB);
  }

  @LoginRoute({ user: () => ANN })
  @Post('answered')
  answered(@Req() request: Request) {
    request.res!.status(409);
    return {};
  }

  @LoginRoute({ user: (_, user: User) => user })
  @Post('observable')
  observable(@Body() body: { password?: string }) {
    return body.password === PASSWORDS.ann ? of(ANN) : throwError(() => new UnauthorizedException());
  }

  @LoginRoute()
  @Post('pipe')
  pipe(@Body('pin', ParseIntPipe) pin: number) {
    return { pin };
  }

  @LoginRoute()
  @UseGuards(PasswordGuard)
  @Post('guarded')
  guarded() {}

  @LoginRoute()
  @UseGuards(TellingGuard)
  @Post('telling')
  telling() {}

  @UseGuards(PasswordGuard)
  @Post('unmarked')
  unmarked() {}
}

describe('A @LoginRoute()', () => {
  let app: LoginApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await LoginApp.start({ controllers: [LoginRoutes] });
  });

  beforeEach(() => {
    browser = new Browser(app);
    app.recorded.take();
    app.recorded.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('that succeeds is a login of the user that the decorator names', async () => {
    const response = await browser.post('/login', GOOD);

    expect(response.status).toBe(201);
    expect(app.recorded.of('in')).toMatchObject([{ sender: User, payload: { user: ANN, strategy: undefined } }]);
  });

  it.each([
    ['`request.user`', '/on-request'],
    ['the `user` of what it returns', '/default'],
  ])('that names no user is a login of %s', async (_, path) => {
    await browser.post(path, GOOD);

    expect(app.recorded.of('in').map(({ payload }) => payload.user)).toEqual([ANN]);
  });

  it('without a user sends nothing, and warns', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const response = await browser.post('/no-user');

    expect(response.status).toBe(201);
    expect(app.recorded.take()).toEqual([]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^LoginRoutes\.noUser is a @LoginRoute\(\)/)]]);
    warn.mockRestore();
  });

  it('that answers a plain object as user warns, once, and one that says who it is does not', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await browser.post('/dto', GOOD);
    await browser.post('/dto', GOOD);
    await browser.post('/dto-and-user', GOOD);

    expect(app.recorded.of('in').map(({ payload }) => payload.user)).toEqual([
      { name: 'ann', token: 'a token' },
      { name: 'ann', token: 'a token' },
      ANN,
    ]);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^LoginRoutes\.dto is a @LoginRoute\(\) that answers `user`/)],
    ]);
    warn.mockRestore();
  });

  it('of somebody whose session is of another is a login of who logs in', async () => {
    await using other = await LoginApp.start({
      controllers: [LoginRoutes],
      prepare: it =>
        it.use((request: Request, _: unknown, next: () => void) => {
          request.user = BOB;
          next();
        }),
    });

    await new Browser(other).post('/another', GOOD);

    expect(other.recorded.of('in').map(({ payload }) => payload.user)).toEqual([ANN]);
  });

  it('waits for its user: a second factor that is missing is no login', async () => {
    await browser.post('/second-factor');
    expect(app.recorded.take()).toEqual([]);

    await browser.post('/second-factor', { code: '123456' });
    expect(app.recorded.take()).toEqual(['in']);
  });

  it('does not send again what it has sent by hand', async () => {
    await browser.post('/by-hand');

    expect(app.recorded.of('in').map(({ payload }) => payload.user)).toEqual([BOB]);
  });

  it('that answers an error itself is no login', async () => {
    await browser.post('/answered');

    expect(app.recorded.take()).toEqual([]);
  });

  it('that returns an observable is reported when it emits', async () => {
    await browser.post('/observable', GOOD);
    await browser.post('/observable', BAD);

    expect(app.recorded.take()).toEqual(['in', 'failed']);
  });

  it('that throws a 401 is a failure, with what was sent and what was thrown', async () => {
    const response = await browser.post('/login', BAD);

    expect(response.status).toBe(401);
    expect(app.recorded.of('failed')).toMatchObject([
      { payload: { credentials: { username: 'ann', password: '********************' }, error: { status: 401 } } },
    ]);
  });

  it.each([
    ['route', '/login', {}],
    ['pipe', '/pipe', { pin: 'x' }],
  ])('whose %s finds the request wrong sends nothing', async (_, path, body) => {
    const response = await browser.post(path, body);

    expect(response.status).toBe(400);
    expect(app.recorded.take()).toEqual([]);
  });

  it('whose guard refuses is a failure, and the same guard on another route is none', async () => {
    await browser.post('/guarded', BAD);
    expect(app.recorded.take()).toEqual(['failed']);

    const response = await browser.post('/unmarked', BAD);
    expect(response.status).toBe(403);
    expect(app.recorded.take()).toEqual([]);
  });

  it('answers the error of a receiver: of a login it refuses, and of a failure', async () => {
    const error = new ForbiddenException('locked');
    app.recorded.objection.in = app.recorded.objection.failed = async () => {
      await new Promise(setImmediate);
      throw error;
    };
    const statuses: number[] = [];
    for (const [path, body] of [
      ['/login', GOOD],
      ['/login', BAD],
      ['/telling', GOOD],
    ] as const) {
      statuses.push((await browser.post(path, body)).status);
    }

    expect(statuses).toEqual([403, 403, 403]);
    expect(app.recorded.take()).toEqual(['in', 'failed', 'in']);
  });
});
