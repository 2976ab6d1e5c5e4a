import { RequestRecord } from '../http/request-record.js';
import { LoginRecord } from './login-record.js';
import { Browser } from './login-app.js';
import { ADAPTERS, startMatrixApp } from './matrix-app.js';
import { PASSWORDS } from './people.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const BAD = { username: 'ann', password: 'a guess' };
const QUIET = { username: 'ann', password: 'quietly a guess' };

type Go = (browser: Browser) => Promise<Response>;

const post =
  (path: string, body?: object): Go =>
  browser =>
    browser.post(path, body);
const get =
  (path: string, headers?: Record<string, string>): Go =>
  browser =>
    browser.get(path, headers);

/** Every way to log in, and which signals Django would send. */
const ROWS: readonly { scenario: string; sent: readonly string[]; status: number; go: Go }[] = [
  { scenario: 'session ok', sent: ['in'], status: 201, go: post('/session', GOOD) },
  {
    scenario: 'logout',
    sent: ['in', 'out'],
    status: 200,
    go: async browser => {
      await browser.post('/session', GOOD);
      return browser.post('/logout');
    },
  },
  { scenario: 'session bad', sent: ['failed'], status: 401, go: post('/session', BAD) },
  { scenario: 'stateless ok', sent: ['in'], status: 201, go: post('/token', GOOD) },
  { scenario: 'stateless bad', sent: ['failed'], status: 401, go: post('/token', BAD) },
  { scenario: 'guard ok, handler refuses', sent: [], status: 409, go: post('/refusing', GOOD) },
  { scenario: 'bad, method filter answers', sent: ['failed'], status: 200, go: post('/kind', BAD) },
  { scenario: 'bad, optional guard', sent: ['failed'], status: 201, go: post('/optional', BAD) },
  { scenario: 'bad, request-scoped guard', sent: ['failed'], status: 401, go: post('/scoped', QUIET) },
  {
    scenario: 'multi: 1st fails 2nd ok',
    sent: ['in'],
    status: 201,
    go: post('/several', { username: 'eve', password: PASSWORDS.eve }),
  },
  { scenario: 'jwt ok', sent: [], status: 200, go: get('/me', { authorization: 'Bearer token of ann' }) },
  { scenario: 'jwt bad', sent: [], status: 401, go: get('/me', { authorization: 'Bearer none' }) },
  // Behind a guard it needs Express: Passport redirects with what only its response has.
  { scenario: 'oauth redirect', sent: [], status: 302, go: get('/plain/oauth') },
  { scenario: 'oauth callback', sent: ['in'], status: 200, go: get('/oauth?code=1234') },
  { scenario: 'oauth denied', sent: ['failed'], status: 401, go: get('/oauth?error=denied') },
  { scenario: 'middleware stateless ok', sent: ['in'], status: 200, go: post('/plain/token', GOOD) },
  { scenario: 'middleware session ok', sent: ['in'], status: 200, go: post('/plain/session', GOOD) },
  { scenario: 'middleware failureRedirect bad', sent: ['failed'], status: 302, go: post('/plain/redirect', QUIET) },
  {
    scenario: 'db down in validate()',
    sent: [],
    status: 500,
    go: post('/token', { username: 'unreadable', password: 'x' }),
  },
];

describe.each(ADAPTERS)('On %s,', adapter => {
  let app: Awaited<ReturnType<typeof startMatrixApp>>;

  beforeAll(async () => {
    app = await startMatrixApp(adapter, { providers: [LoginRecord, RequestRecord] });
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it.each(ROWS)('$scenario sends $sent', async ({ sent, status, go }) => {
    const [recorded, requests] = [app.app.get(LoginRecord), app.app.get(RequestRecord)];
    let asked = 0;
    const settled = () => requests.finished(++asked);

    const response = await go(new Browser({ url: app.url, settled }));
    requests.take();
    // @fastify/passport has not said yet whether there is another strategy.
    await new Promise(setImmediate);

    expect(recorded.take()).toEqual(sent);
    expect(response.status).toBe(status);
  });
});
