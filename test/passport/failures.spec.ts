import {
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Post,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { AuthSignals } from 'nestjs-signals';
import passport from 'passport';
import { Browser, LoginApp } from './login-app.js';
import { PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const BAD = { username: 'ann', password: 'a guess' };
const QUIET = { username: 'ann', password: 'quietly a guess' };

/** Refuses users that are not active any more. */
@Injectable()
class ActiveGuard extends AuthGuard('local') {
  override handleRequest<Person>(error: unknown, user: Person): Person {
    super.handleRequest(error, user, undefined, {} as ExecutionContext);
    throw new UnauthorizedException('No longer active.');
  }
}

@Injectable()
class ClosedGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    return false;
  }
}

@Controller()
class FailureRoutes {
  @UseGuards(ActiveGuard)
  @Post('active')
  active() {}

  @UseGuards(ClosedGuard)
  @Post('closed')
  closed() {}

  @UseGuards(new ActiveGuard())
  @Post('made')
  made() {}
}

describe('UserLoginFailed', () => {
  let app: LoginApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await LoginApp.start({
      imports: [RoutesModule],
      controllers: [FailureRoutes],
      prepare: it => {
        it.use('/callback', (request: never, response: never, next: () => void) => {
          const answer = (_: unknown, user: unknown) => {
            if (user) next();
            else (response as { status(code: number): { json(body: object): void } }).status(422).json({});
          };
          (passport.authenticate('local', answer) as (...args: unknown[]) => void)(request, response, next);
        });
      },
    });
    app.app.useLogger(false);
  });

  beforeEach(() => {
    browser = new Browser(app);
    app.recorded.take();
    app.recorded.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('is sent by AuthSignals, with the request, the strategy and the error that refused', async () => {
    await browser.post('/token', BAD);

    const [failure] = app.recorded.of('failed');
    expect(failure?.sender).toBe(AuthSignals);
    expect(failure?.payload).toMatchObject({
      strategy: 'local',
      error: expect.any(UnauthorizedException),
      info: undefined,
      request: { method: 'POST', url: '/token' },
    });
  });

  it('has what the strategy said when it refused without an exception', async () => {
    await browser.post('/token', { username: 'ann' });

    expect(app.recorded.of('failed')[0]?.payload).toMatchObject({
      strategy: 'local',
      error: undefined,
      info: { message: 'Missing credentials' },
    });
  });

  it('names the last of several strategies as it was registered', async () => {
    await browser.post('/several', QUIET);

    expect(app.recorded.of('failed')[0]?.payload.strategy).toBe('ldap');
  });

  it('has the credentials that were sent in the body and in the query, with passwords masked', async () => {
    await browser.post('/token?remember=yes&otp=123456', BAD);

    const [failure] = app.recorded.of('failed');
    const asterisks = '********************';
    expect(failure?.payload.credentials).toEqual({
      username: 'ann',
      password: asterisks,
      remember: 'yes',
      otp: asterisks,
    });
    expect(failure?.payload.request.body).toEqual(BAD);
  });

  it.each([
    ['a guard that refuses a user whom the strategy knows', '/active', 401],
    ['a guard that the application made itself, and that refuses a user', '/made', 401],
    ['a guard that says no', '/closed', 403],
  ])('is sent for %s', async (_, path, status) => {
    const response = await browser.post(path, { username: 'ann', password: PASSWORDS.ann });

    expect(response.status).toBe(status);
    expect(app.recorded.take()).toEqual(['failed']);
  });

  it('is sent once when both a strategy and its guard refuse', async () => {
    await browser.post('/active', BAD);

    expect(app.recorded.take()).toEqual(['failed']);
  });

  it('has the error of its receivers answered by the filters of the route', async () => {
    app.recorded.objection.failed = () => {
      throw new ForbiddenException('locked');
    };
    const response = await browser.post('/kind', QUIET);

    expect(await response.json()).toEqual({ kind: 'locked' });
  });

  it.each([
    ['a guard', '/token', BAD, 401],
    ['a guard, without an exception', '/token', QUIET, 401],
    ['a guard that begins sessions', '/session', QUIET, 401],
    ['a request-scoped guard', '/scoped', BAD, 401],
    ['a request-scoped guard, without an exception', '/scoped', QUIET, 401],
    ['an optional guard', '/optional', QUIET, 201],
    ['several strategies', '/several', QUIET, 401],
    ["Passport's middleware", '/plain/session', BAD, 401],
    ["Passport's middleware, without an exception", '/plain/token', QUIET, 401],
    ["Passport's middleware that redirects", '/plain/redirect', QUIET, 302],
    ['a callback that is given to Passport', '/callback', QUIET, 422],
  ])(
    'has its receivers run before the response, and their error answered instead: %s',
    async (_, path, body, status) => {
      const order: string[] = [];
      app.recorded.objection.failed = async () => {
        for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
        order.push('received');
      };
      const answered = await browser.post(path, body);
      order.push('answered');
      app.recorded.objection.failed = async () => {
        await new Promise(setImmediate);
        throw new ForbiddenException('locked');
      };
      const refused = await browser.post(path, body);

      expect(order).toEqual(['received', 'answered']);
      expect(answered.status).toBe(status);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ message: 'locked' });
      expect(refused.headers.get('location')).toBeNull();
      expect(app.recorded.take()).toEqual(['failed', 'failed']);
    },
  );
});
