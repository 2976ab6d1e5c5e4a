import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AuthSignals } from 'nestjs-signals';
import { Browser, LoginApp } from './login-app.js';
import { ANN, BOB, PASSWORDS, User } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

/** Returns the error that a call of Passport passes to its callback; undefined if the call succeeds. */
function outcome(call: (done: (error?: unknown) => void) => void): Promise<unknown> {
  return new Promise(resolve => call(resolve));
}

/** Returns a copy of the data that Passport keeps in the session of a request. */
function sessionOf({ session }: Request): object {
  return { ...(session as unknown as { passport: object }).passport };
}

@Controller()
class HandRoutes {
  static steps: unknown[] = [];

  constructor(private readonly auth: AuthSignals) {}

  @Post('by-hand')
  async byHand(@Req() request: Request) {
    HandRoutes.steps.push(await outcome(done => request.logIn(ANN, done)));
    HandRoutes.steps.push('called back');
    return request.user;
  }

  @Post('twice')
  async twice(@Req() request: Request) {
    await outcome(done => request.login(ANN, { session: true }, done));
    await outcome(done => request.logIn(ANN, done));
    await this.auth.loggedIn(request, ANN);
  }

  @Post('switch')
  async switch(@Req() request: Request) {
    await outcome(done => request.logIn(ANN, done));
    await outcome(done => request.logIn(BOB, done));
  }

  @Post('in-and-out')
  async inAndOut(@Req() request: Request) {
    await outcome(done => request.logIn(ANN, done));
    await outcome(done => request.logOut(done));
    await outcome(done => request.logIn(ANN, done));
    await outcome(done => request.logOut(done));
  }

  @Post('for-this-request')
  async forThisRequest(@Req() request: Request) {
    await outcome(done => request.logIn(ANN, { session: false }, done));
    request.logIn(ANN, { session: false }, () => undefined);
    return request.user;
  }

  @Post('leave')
  @HttpCode(200)
  async leave(@Req() request: Request) {
    HandRoutes.steps.push(await outcome(done => request.logOut({ keepSessionInfo: true }, done)));
    return { user: request.user };
  }

  @Get('wrong')
  wrong(@Req() request: Request) {
    (request.logOut as () => void)();
  }
}

describe('A session', () => {
  let app: LoginApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await LoginApp.start({ imports: [RoutesModule], controllers: [HandRoutes] });
    app.app.useLogger(false);
  });

  beforeEach(() => {
    browser = new Browser(app);
    app.recorded.take();
    app.recorded.objection = {};
    HandRoutes.steps = [];
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('is sent when it holds the user, by the class of the user', async () => {
    let inside: unknown;
    app.recorded.objection.in = ({ request }) => {
      inside = { user: request.user as unknown, session: sessionOf(request) };
    };
    await browser.post('/session', GOOD);

    expect(inside).toEqual({ user: ANN, session: { user: 'ann' } });
    expect(app.recorded.of('in')).toMatchObject([{ sender: User, payload: { user: ANN, strategy: 'local' } }]);
  });

  it('that is begun by hand is sent before the callback, with no strategy', async () => {
    app.recorded.objection.in = async () => {
      await new Promise(setImmediate);
      HandRoutes.steps.push('received');
    };
    await browser.post('/by-hand');

    expect(HandRoutes.steps).toEqual(['received', undefined, 'called back']);
    expect(app.recorded.of('in')[0]?.payload).toMatchObject({ user: ANN, strategy: undefined });
  });

  it('is sent once, however often the request logs the same user in', async () => {
    await browser.post('/twice');

    expect(app.recorded.take()).toEqual(['in']);
  });

  it('is sent for each user, and again after a logout', async () => {
    await browser.post('/switch');
    expect(app.recorded.of('in').map(({ payload }) => payload.user)).toEqual([ANN, BOB]);
    app.recorded.take();

    await browser.post('/in-and-out');
    expect(app.recorded.take()).toEqual(['in', 'out', 'in', 'out']);
  });

  it('is not sent when there is none: the user is for this request only', async () => {
    const response = await browser.post('/for-this-request');

    expect(await response.json()).toEqual({ name: 'ann' });
    expect(app.recorded.take()).toEqual([]);
  });

  it('is not sent when it cannot be saved', async () => {
    const set = app.store.set.bind(app.store);
    app.store.set = (_id, _session, done) => done?.(new Error('the store is down'));
    const response = await browser.post('/session', GOOD);
    app.store.set = set;

    expect(response.status).toBe(500);
    expect(app.recorded.take()).toEqual([]);
  });
});

describe('A logout', () => {
  let app: LoginApp;
  let browser: Browser;

  beforeAll(async () => {
    app = await LoginApp.start({ imports: [RoutesModule], controllers: [HandRoutes] });
    app.app.useLogger(false);
  });

  beforeEach(async () => {
    browser = new Browser(app);
    app.recorded.objection = {};
    await browser.post('/session', GOOD);
    app.recorded.take();
    HandRoutes.steps = [];
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it('is sent while the user and the session are still there, and before the callback', async () => {
    let inside: unknown;
    app.recorded.objection.out = async ({ request }) => {
      await new Promise(setImmediate);
      inside = { user: request.user as unknown, session: sessionOf(request) };
      HandRoutes.steps.push('received');
    };
    const response = await browser.post('/leave');

    expect(inside).toEqual({ user: ANN, session: { user: 'ann' } });
    expect(app.recorded.of('out')).toMatchObject([{ sender: User, payload: { user: ANN } }]);
    expect(HandRoutes.steps).toEqual(['received', undefined]);
    expect(await response.json()).toEqual({ user: null });
  });

  it('of no user is sent with null, by no sender', async () => {
    await new Browser(app).post('/leave');

    expect(app.recorded.of('out')).toMatchObject([{ sender: undefined, payload: { user: null } }]);
  });

  it('hands the error of a receiver to the callback, and takes place all the same', async () => {
    const error = new Error('the audit is down');
    app.recorded.objection.out = () => {
      throw error;
    };
    await browser.post('/leave');

    expect(HandRoutes.steps).toEqual([error]);
    const response = await browser.get('/whoami');
    expect(await response.json()).toEqual({ name: null });
  });

  it('hands the error of the store to the callback', async () => {
    const destroy = app.store.destroy.bind(app.store);
    app.store.destroy = (_id, done) => done?.(new Error('the store is down'));
    await browser.post('/leave');
    app.store.destroy = destroy;

    expect(HandRoutes.steps).toMatchObject([{ message: 'the store is down' }]);
  });

  it('without the callback that Passport asks for is refused by Passport, and not sent', async () => {
    const response = await browser.get('/wrong');

    expect(response.status).toBe(500);
    expect(app.recorded.take()).toEqual([]);
  });
});
