import { ForbiddenException } from '@nestjs/common';
import { startGraphQL } from './graphql-app.js';
import { Browser, type LoginApp } from './login-app.js';
import { ANN, BOB, PASSWORDS } from './people.js';

const withName = (name: string, password: string) => `username: "${name}", password: "${password}"`;

const ANNS = withName('ann', PASSWORDS.ann!);
const BOBS = withName('bob', PASSWORDS.bob!);
const BAD = withName('ann', 'a guess');
const QUIET = withName('ann', 'quietly a guess');

describe('Auth signals, with GraphQL, of', () => {
  let app: LoginApp;

  beforeAll(async () => {
    app = await startGraphQL();
    app.app.useLogger(false);
  });

  beforeEach(() => {
    app.recorded.take();
    app.recorded.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  const ask = async (query: string, headers?: Record<string, string>) => {
    const response = await new Browser(app).post('/graphql', { query }, headers);
    return (await response.json()) as { data: Record<string, unknown>; errors?: { message: string }[] };
  };

  it.each([
    { way: 'a guard that lets in', query: `mutation { login(${ANNS}) }`, sent: ['in'] },
    { way: 'a guard that refuses', query: `mutation { login(${BAD}) }`, sent: ['failed'] },
    { way: 'a guard that refuses without an exception', query: `mutation { login(${QUIET}) }`, sent: ['failed'] },
    { way: 'a mutation that refuses after its guard', query: `mutation { refusing(${ANNS}) }`, sent: [] },
    { way: 'a @LoginRoute()', query: `mutation { marked(${BOBS}) }`, sent: ['in'] },
    { way: 'a @LoginRoute() that refuses', query: `mutation { marked(${BAD}) }`, sent: ['failed'] },
    { way: 'a session', query: 'mutation { session }', sent: ['in'] },
    { way: 'a login by hand', query: 'mutation { byHand }', sent: ['in'] },
    { way: 'no login', query: '{ hello }', sent: [] },
    { way: 'a bad token', query: '{ me }', sent: [] },
    { way: 'one user who logs in twice', query: `mutation { a: login(${ANNS}) b: login(${ANNS}) }`, sent: ['in'] },
    { way: 'two users', query: `mutation { a: login(${ANNS}) b: login(${BOBS}) }`, sent: ['in', 'in'] },
    {
      way: 'two users at a @LoginRoute()',
      query: `mutation { a: marked(${ANNS}) b: marked(${BOBS}) }`,
      sent: ['in', 'in'],
    },
    {
      way: 'guesses, of which the last is right',
      query: `mutation { a: login(${BAD}) b: login(${QUIET}) c: login(${ANNS}) }`,
      sent: ['failed', 'failed', 'in'],
    },
    {
      way: 'guesses at a @LoginRoute()',
      query: `mutation { a: marked(${BAD}) b: marked(${BAD}) }`,
      sent: ['failed', 'failed'],
    },
  ])('$way: $sent', async ({ query, sent }) => {
    await ask(query);

    expect(app.recorded.take()).toEqual(sent);
  });

  it('a token that is shown: nothing', async () => {
    const { data } = await ask('{ me }', { authorization: 'Bearer token of ann' });

    expect(data).toEqual({ me: 'ann' });
    expect(app.recorded.take()).toEqual([]);
  });

  it('two users: each by name, with the request', async () => {
    await ask(`mutation { a: login(${ANNS}) b: login(${BOBS}) }`);

    expect(
      app.recorded.of('in').map(({ payload }) => [payload.user, payload.strategy, payload.request?.originalUrl]),
    ).toEqual([
      [ANN, 'local', '/graphql'],
      [BOB, 'local', '/graphql'],
    ]);
  });

  it('a failure: the credentials, with the document and the password masked', async () => {
    await ask(`mutation { login(${BAD}) }`);

    const asterisks = '********************';
    expect(app.recorded.of('failed')[0]?.payload.credentials).toEqual({
      query: asterisks,
      username: 'ann',
      password: asterisks,
    });
  });

  it.each([
    ['a login', ANNS],
    ['a failure', BAD],
  ])('%s, whose receivers answer their error instead', async (_, credentials) => {
    const objection = async () => {
      await new Promise(setImmediate);
      throw new ForbiddenException('locked');
    };
    app.recorded.objection = { in: objection, failed: objection };

    const { data, errors } = await ask(`mutation { login(${credentials}) }`);

    expect(data).toEqual({ login: null });
    expect(errors).toMatchObject([{ message: 'locked' }]);
  });
});
