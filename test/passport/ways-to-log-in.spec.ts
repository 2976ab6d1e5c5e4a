import { LoginApp, Browser } from './login-app.js';
import { PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const BAD = { username: 'ann', password: 'a guess' };
const QUIET = { username: 'ann', password: 'quietly a guess' };

interface Way {
  readonly way: string;
  readonly sent: readonly string[];
  readonly status: number;
  readonly go: (browser: Browser) => Promise<Response>;
}

const post = (path: string, body?: object) => (browser: Browser) => browser.post(path, body);
const get = (path: string, headers?: Record<string, string>) => (browser: Browser) => browser.get(path, headers);

const WAYS: readonly Way[] = [
  { way: 'a session, begun by a guard', sent: ['in'], status: 201, go: post('/session', GOOD) },
  { way: 'a session that is refused', sent: ['failed'], status: 401, go: post('/session', BAD) },
  { way: 'a session that is refused without an exception', sent: ['failed'], status: 401, go: post('/session', QUIET) },
  { way: 'no credentials at all', sent: ['failed'], status: 401, go: post('/session') },
  {
    way: 'a logout',
    sent: ['in', 'out'],
    status: 200,
    go: async browser => {
      await browser.post('/session', GOOD);
      return browser.post('/logout');
    },
  },
  { way: 'a logout without a user', sent: ['out'], status: 200, go: post('/logout') },
  {
    way: 'a request with a session',
    sent: ['in'],
    status: 200,
    go: async browser => {
      await browser.post('/session', GOOD);
      return browser.get('/whoami');
    },
  },
  { way: 'a token', sent: ['in'], status: 201, go: post('/token', GOOD) },
  { way: 'a token that is refused', sent: ['failed'], status: 401, go: post('/token', BAD) },
  { way: 'a token that is refused without an exception', sent: ['failed'], status: 401, go: post('/token', QUIET) },
  { way: 'a route that refuses after its guard', sent: [], status: 409, go: post('/refusing', GOOD) },
  { way: 'a refusal that a filter answers', sent: ['failed'], status: 200, go: post('/kind', BAD) },
  { way: 'an optional guard that refuses', sent: ['failed'], status: 201, go: post('/optional', BAD) },
  {
    way: 'an optional guard that refuses without an exception',
    sent: ['failed'],
    status: 201,
    go: post('/optional', QUIET),
  },
  { way: 'an optional guard', sent: ['in'], status: 201, go: post('/optional', GOOD) },
  { way: 'a request-scoped guard', sent: ['in'], status: 201, go: post('/scoped', GOOD) },
  { way: 'a request-scoped guard that refuses', sent: ['failed'], status: 401, go: post('/scoped', BAD) },
  {
    way: 'a request-scoped guard that refuses without an exception',
    sent: ['failed'],
    status: 401,
    go: post('/scoped', QUIET),
  },
  {
    way: 'the second of two strategies',
    sent: ['in'],
    status: 201,
    go: post('/several', { username: 'eve', password: PASSWORDS.eve }),
  },
  { way: 'two strategies that refuse', sent: ['failed'], status: 401, go: post('/several', QUIET) },
  {
    way: 'a strategy that refuses before another that breaks',
    sent: [],
    status: 500,
    go: post('/several', { ...QUIET, username: 'broken' }),
  },
  {
    way: 'a strategy that refuses before another that knows the token',
    sent: [],
    status: 201,
    go: browser => browser.post('/either', QUIET, { authorization: 'Bearer token of ann' }),
  },
  {
    way: 'a strategy that refuses before another that is no provider',
    sent: [],
    status: 201,
    go: post('/either-outsider', QUIET),
  },
  {
    way: 'a second guard that refuses, which a filter answers',
    sent: [],
    status: 200,
    go: post('/second-guard', GOOD),
  },
  { way: 'a token that is shown', sent: [], status: 200, go: get('/me', { authorization: 'Bearer token of ann' }) },
  { way: 'a bad token that is shown', sent: [], status: 401, go: get('/me', { authorization: 'Bearer none' }) },
  { way: 'the way to another site', sent: [], status: 302, go: get('/oauth') },
  { way: 'the way back from another site', sent: ['in'], status: 200, go: get('/oauth?code=1234') },
  { way: 'the way back from another site that refused', sent: ['failed'], status: 401, go: get('/oauth?error=denied') },
  { way: "Passport's middleware without a session", sent: ['in'], status: 201, go: post('/plain/token', GOOD) },
  { way: "Passport's middleware with a session", sent: ['in'], status: 201, go: post('/plain/session', GOOD) },
  { way: "Passport's middleware that refuses", sent: ['failed'], status: 401, go: post('/plain/session', BAD) },
  {
    way: "Passport's middleware that refuses without an exception",
    sent: ['failed'],
    status: 401,
    go: post('/plain/token', QUIET),
  },
  { way: "Passport's middleware that redirects", sent: ['failed'], status: 302, go: post('/plain/redirect', QUIET) },
  {
    way: "Passport's middleware with a strategy that refuses before another that knows the token",
    sent: [],
    status: 201,
    go: browser => browser.post('/plain/either', QUIET, { authorization: 'Bearer token of ann' }),
  },
  {
    way: "Passport's middleware with two strategies that refuse",
    sent: ['failed'],
    status: 401,
    go: post('/plain/either', QUIET),
  },
  {
    way: "Passport's middleware that adds an account",
    sent: [],
    status: 201,
    go: post('/plain/another-account', GOOD),
  },
  { way: 'a callback that is given to Passport', sent: ['in'], status: 201, go: post('/callback', GOOD) },
  {
    way: 'a callback that is given to Passport, and refuses',
    sent: ['failed'],
    status: 401,
    go: post('/callback', BAD),
  },
  { way: 'a guard on a class', sent: ['in'], status: 201, go: post('/guarded', GOOD) },
  { way: 'a guard on a class that refuses', sent: ['failed'], status: 401, go: post('/guarded', QUIET) },
  { way: 'a guard on a class with a route that it inherits', sent: ['in'], status: 201, go: post('/inherited', GOOD) },
  { way: 'a route that answers itself', sent: ['in'], status: 200, go: post('/answering', GOOD) },
  {
    way: 'a database that is down',
    sent: [],
    status: 500,
    go: post('/token', { username: 'unreadable', password: 'x' }),
  },
];

describe('The auth signals on Express, of', () => {
  let app: LoginApp;

  beforeAll(async () => {
    app = await LoginApp.start({ imports: [RoutesModule] });
    app.app.useLogger(false);
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it.each(WAYS)('$way: $sent', async ({ sent, status, go }) => {
    app.recorded.take();

    const response = await go(new Browser(app));

    expect(app.recorded.take()).toEqual(sent);
    expect(response.status).toBe(status);
  });
});
