import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Injectable,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request, Response } from 'express';
import { AuthSignals } from 'nestjs-signals';
import { Browser, LoginApp } from './login-app.js';
import { ANN, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

/** Shows what the filters of an application get, and what is left of the login. */
@Catch()
class LookingFilter implements ExceptionFilter {
  seen: unknown;
  user: unknown;

  catch(error: unknown, host: ArgumentsHost): void {
    this.seen = error;
    this.user = host.switchToHttp().getRequest<Request>().user;
    host.switchToHttp().getResponse<Response>().status(418).json({});
  }
}

/** Keeps another user than the strategy has found, and elsewhere. */
@Injectable()
class AccountGuard extends AuthGuard('local') {
  constructor() {
    super({ property: 'account' });
  }

  override handleRequest<Person>(error: unknown, user: Person): Person {
    return super.handleRequest(error, user, undefined, undefined as never) && (new Account() as Person);
  }
}

class Account {}

@Controller()
class HandRoutes {
  constructor(private readonly auth: AuthSignals) {}

  @Post('by-hand')
  byHand(@Req() request: Request) {
    return new Promise((resolve, reject) => request.logIn(ANN, error => (error ? reject(error) : resolve({}))));
  }

  @Post('signals')
  async signals(@Req() request: Request) {
    request.user = ANN;
    await this.auth.loggedIn(request, ANN);
  }

  @UseGuards(AccountGuard)
  @Post('account')
  account() {}

  @UseGuards(AuthGuard('local'))
  @Post('by-hand-in-vain')
  async byHandInVain(@Req() request: Request) {
    await this.auth.loggedIn(request, ANN).catch(() => undefined);
    return { user: request.user ?? null };
  }
}

describe('A login that a receiver refuses', () => {
  let app: LoginApp;
  let browser: Browser;
  const filter = new LookingFilter();
  const error = new ForbiddenException('banned');

  beforeAll(async () => {
    app = await LoginApp.start({
      imports: [RoutesModule],
      controllers: [HandRoutes],
      prepare: it => it.useGlobalFilters(filter),
    });
  });

  beforeEach(() => {
    browser = new Browser(app);
    app.recorded.take();
    app.recorded.objection.in = async () => {
      await new Promise(setImmediate);
      throw error;
    };
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it.each([
    ['by a guard that begins a session', '/session'],
    ['by hand', '/by-hand'],
    ["by Passport's middleware", '/plain/session'],
    ['for a token', '/token'],
    ['for a token, behind a request-scoped guard', '/scoped'],
    ['by AuthSignals', '/signals'],
    ["by Passport's middleware, without a session", '/plain/token'],
    ['at a route that answers itself', '/answering'],
  ])('%s answers its very error, leaves no session and no user, and is no failure', async (_, path) => {
    const response = await browser.post(path, GOOD);

    expect(response.status).toBe(418);
    expect(filter.seen).toBe(error);
    expect(filter.user).toBeUndefined();
    expect(await app.loggedIn()).toBe(0);
    expect(await (await browser.get('/whoami')).json()).toEqual({ name: null });
    expect(app.recorded.take()).toEqual(['in']);
  });

  it('takes the user off the property that its guard uses', async () => {
    await browser.post('/account', GOOD);

    const [login] = app.recorded.of('in');
    expect(login?.payload.user).toBeInstanceOf(Account);
    expect(login?.payload.request).toHaveProperty('account', undefined);
    app.recorded.take();
  });

  it('leaves the user out who was logged in before', async () => {
    app.recorded.objection = {};
    await browser.post('/session', GOOD);
    app.recorded.objection.in = () => {
      throw error;
    };

    await browser.post('/session', { username: 'bob', password: PASSWORDS.bob });

    const response = await browser.get('/whoami');
    expect(await response.json()).toEqual({ name: null });
    expect(await app.loggedIn()).toBe(0);
  });

  it('sets no cookie even when the store is down by then', async () => {
    const set = app.store.set.bind(app.store);
    app.recorded.objection.in = () => {
      app.store.set = (_id, _session, done) => done?.(new Error('the store is down'));
      throw error;
    };
    const response = await browser.post('/session', GOOD);
    app.store.set = set;

    expect(filter.seen).toBe(error);
    expect(filter.user).toBeUndefined();
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('stays with the route that sent it by hand', async () => {
    const response = await browser.post('/by-hand-in-vain', GOOD);

    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ user: null });
    expect(app.recorded.take()).toEqual(['in']);
  });
});
