import { HeardRequests } from '../http/heard-requests.js';
import { Heard } from './heard.js';
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

/** Every way to log in, and what Django would tell of it. */
const ROWS: readonly { scenario: string; told: readonly string[]; status: number; go: Go }[] = [
  { scenario: 'session ok', told: ['in'], status: 201, go: post('/session', GOOD) },
  {
    scenario: 'logout',
    told: ['in', 'out'],
    status: 200,
    go: async browser => {
      await browser.post('/session', GOOD);
      return browser.post('/logout');
    },
  },
  { scenario: 'session bad', told: ['failed'], status: 401, go: post('/session', BAD) },
  { scenario: 'stateless ok', told: ['in'], status: 201, go: post('/token', GOOD) },
  { scenario: 'stateless bad', told: ['failed'], status: 401, go: post('/token', BAD) },
  { scenario: 'guard ok, handler refuses', told: [], status: 409, go: post('/refusing', GOOD) },
  { scenario: 'bad, method filter answers', told: ['failed'], status: 200, go: post('/kind', BAD) },
  { scenario: 'bad, optional guard', told: ['failed'], status: 201, go: post('/optional', BAD) },
  { scenario: 'bad, request-scoped guard', told: ['failed'], status: 401, go: post('/scoped', QUIET) },
  {
    scenario: 'multi: 1st fails 2nd ok',
    told: ['in'],
    status: 201,
    go: post('/several', { username: 'eve', password: PASSWORDS.eve }),
  },
  { scenario: 'jwt ok', told: [], status: 200, go: get('/me', { authorization: 'Bearer token of ann' }) },
  { scenario: 'jwt bad', told: [], status: 401, go: get('/me', { authorization: 'Bearer none' }) },
  // Behind a guard it needs Express: Passport redirects with what only its response has.
  { scenario: 'oauth redirect', told: [], status: 302, go: get('/plain/oauth') },
  { scenario: 'oauth callback', told: ['in'], status: 200, go: get('/oauth?code=1234') },
  { scenario: 'oauth denied', told: ['failed'], status: 401, go: get('/oauth?error=denied') },
  { scenario: 'middleware stateless ok', told: ['in'], status: 200, go: post('/plain/token', GOOD) },
  { scenario: 'middleware session ok', told: ['in'], status: 200, go: post('/plain/session', GOOD) },
  { scenario: 'middleware failureRedirect bad', told: ['failed'], status: 302, go: post('/plain/redirect', QUIET) },
  {
    scenario: 'db down in validate()',
    told: [],
    status: 500,
    go: post('/token', { username: 'nobody', password: 'x' }),
  },
];

describe.each(ADAPTERS)('On %s,', adapter => {
  let app: Awaited<ReturnType<typeof startMatrixApp>>;

  beforeAll(async () => {
    app = await startMatrixApp(adapter, { providers: [Heard, HeardRequests] });
  });

  afterAll(() => app[Symbol.asyncDispose]());

  it.each(ROWS)('$scenario sends $told', async ({ told, status, go }) => {
    const [heard, requests] = [app.app.get(Heard), app.app.get(HeardRequests)];
    let asked = 0;
    const settled = () => requests.finished(++asked);

    const response = await go(new Browser({ url: app.url, settled }));
    requests.take();
    // @fastify/passport has told nobody yet whether there is another strategy.
    await new Promise(setImmediate);

    expect(heard.take()).toEqual(told);
    expect(response.status).toBe(status);
  });
});
