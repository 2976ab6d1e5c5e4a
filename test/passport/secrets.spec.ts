import { Controller, HttpCode, Post, Req, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { AuthSignals, LoginRoute } from 'nestjs-signals';
import { settled } from 'nestjs-signals/testing';
import { eventually } from '../support/eventually.js';
import { emittedBy, Everything, loudLogger } from './emitted.js';
import { startGraphQL } from './graphql-app.js';
import { Browser, LoginApp } from './login-app.js';
import { type AdapterName, ADAPTERS, startMatrixApp } from './matrix-app.js';
import { ANN, LdapStrategy, LocalStrategy, OAuthStrategy, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';
import { startTable } from './table-app.js';
import { attempt, FIELDS, MUTATION, SOCKET } from './table-ways.js';

/** A part of every secret that is sent here; the right password is another. */
const SECRET = /s3cr3t|correct horse/;

const BODY = {
  username: 'ann',
  otp: 's3cr3t-1',
  profile: { recovery: { codes: ['s3cr3t-2'] }, apiKey: 's3cr3t-3' },
  document: 'mutation { login(password: "s3cr3t-4") { id } }',
  ssn: 's3cr3t-5',
};

/** One that is let in, one that is refused with an exception, one that is refused without. */
const PASSWORDS_TO_TRY = [PASSWORDS.ann!, 's3cr3t-0', 'quietly s3cr3t-0'];

@Controller()
class SecretRoutes {
  constructor(private readonly auth: AuthSignals) {}

  @LoginRoute()
  @Post('login')
  login(@Req() { body }: Request) {
    if ((body as { password: string }).password !== PASSWORDS.ann) throw new UnauthorizedException();
    return { user: { name: 'ann' }, accessToken: 's3cr3t-6' };
  }

  /** A login of one's own. */
  @Post('by-hand')
  @HttpCode(200)
  async byHand(@Req() request: Request) {
    const body = request.body as { password: string };
    if (body.password === PASSWORDS.ann) return this.auth.loggedIn(request, ANN);
    const error = new UnauthorizedException();
    await this.auth.loginFailed(body, request, { error });
    throw error;
  }
}

const options = {
  passport: { sensitive: ['ssn'] },
  context: ({ method }: { method: string }) => ({ method }),
};

interface Started extends AsyncDisposable {
  readonly url: string;
  readonly app: LoginApp['app'];
}

/** The answer to one password. */
interface Answered {
  readonly isRefused: boolean;
  readonly text: string;
}

type Send = (url: string, password: string) => Promise<Answered>;

/** Sends it as a browser does. */
function byBrowser(ask: (browser: Browser, password: string) => Promise<Response>): Send {
  return async (url, password) => {
    const response = await ask(new Browser({ url, settled: async () => {} }), password);
    return { isRefused: !response.ok, text: `${[...response.headers].join()} ${await response.text()}` };
  };
}

/** The text that reaches others than the one who logs in, and those who are refused. */
async function said(started: Started, isBroken: boolean, send: Send) {
  const everything = started.app.get(Everything);
  everything.reset(isBroken);
  started.app.useLogger(loudLogger());
  const refusals: string[] = [];
  const emitted = await emittedBy(async () => {
    for (const password of PASSWORDS_TO_TRY) {
      const { isRefused, text } = await send(started.url, password);
      if (isRefused) refusals.push(text);
    }
    // Some signals are sent when the response has ended.
    await eventually(() => everything.finished === PASSWORDS_TO_TRY.length);
    await settled(started.app);
  });
  return { refused: refusals.join('\n'), given: everything.given.join('\n'), ...emitted };
}

/** One application for the tests of a block: two at once would share their strategies. */
function oneApplication(begin: () => Promise<Started>): () => Started {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await begin();
  });
  afterAll(() => started?.[Symbol.asyncDispose]());
  return () => started!;
}

const BROKEN = [
  { isBroken: false, receivers: 'that do not fail' },
  { isBroken: true, receivers: 'that fail' },
];

const PATHS = {
  express: [
    ...['/session', '/token', '/scoped', '/several', '/kind', '/optional', '/refusing', '/either', '/callback'],
    ...['/plain/token', '/plain/session', '/plain/redirect', '/login', '/by-hand'],
  ],
  fastify: [
    ...['/session', '/token', '/scoped', '/several', '/kind', '/optional', '/refusing'],
    ...['/plain/token', '/plain/session', '/plain/redirect'],
  ],
};

const start = (adapter: AdapterName): Promise<Started> =>
  adapter === 'fastify'
    ? startMatrixApp(adapter, { providers: [Everything], options })
    : LoginApp.start({
        isHeard: false,
        imports: [RoutesModule],
        controllers: [SecretRoutes],
        providers: [Everything],
        options,
      });

/** The ways in that the table of logins adds. */
const TABLE = [
  ...['/guard', '/scoped', '/app-guard', '/existing-guard', '/global-guard', '/scoped-app-guard', '/own-guard'],
  ...['/asking-guard', '/one-after-another', '/side-by-side', '/list', '/callback', '/session', '/middleware'],
  ...['/middleware-session', '/by-hand', '/login-route', MUTATION, FIELDS, SOCKET],
];

/** The lines that hold a secret; one more when no receiver was called about a login. */
function leaksOf({ refused, given, written, observed }: Awaited<ReturnType<typeof said>>): string[] {
  const isReported = [given, observed].every(text => /User(LoggedIn|LoginFailed)[^]*ann/.test(text));
  const leaks = [refused, given, written, observed].flatMap(text => text.split('\n').filter(line => SECRET.test(line)));
  return isReported ? leaks : ['no login was reported', ...leaks];
}

describe.each(ADAPTERS)('On %s, no secret is given to receivers, logged, answered or observed', adapter => {
  const started = oneApplication(() => start(adapter));

  it.each(PATHS[adapter].flatMap(path => BROKEN.map(it => ({ path, ...it }))))(
    'at $path, with receivers $receivers',
    async ({ path, isBroken }) => {
      const send = byBrowser((browser, password) =>
        browser.post(`${path}?code=s3cr3t-7`, { ...BODY, password }, { authorization: 'Bearer s3cr3t-8' }),
      );

      expect(leaksOf(await said(started(), isBroken, send))).toEqual([]);
    },
  );
});

describe.each(ADAPTERS)('On %s, no secret is given to receivers, logged, answered or observed', adapter => {
  const { passport, ...others } = options;
  const login = [LocalStrategy, LdapStrategy];
  const started = oneApplication(() =>
    startTable(adapter, true, { options: { ...others, passport: { ...passport, login } }, providers: [Everything] }),
  );

  it.each(TABLE.flatMap(path => BROKEN.map(it => ({ path, ...it }))))(
    'at $path of the table, with receivers $receivers',
    async ({ path, isBroken }) => {
      const send: Send = async (url, password) => {
        const { status, text } = await attempt(url, path, { username: 'ann', password }, BODY);
        return { isRefused: status >= 400, text };
      };

      expect(leaksOf(await said(started(), isBroken, send))).toEqual([]);
    },
  );
});

describe.each(ADAPTERS)('On %s, no secret is given to receivers, logged, answered or observed', adapter => {
  const passport = { login: [OAuthStrategy] };
  const started = oneApplication(() =>
    startMatrixApp(adapter, { providers: [Everything], options: { ...options, passport } }),
  );

  it.each(BROKEN)('on the way back from another site, with receivers $receivers', async ({ isBroken }) => {
    const send = byBrowser((browser, password) =>
      browser.get(`/oauth?user=ann&code=s3cr3t&id_token=s3cr3t${password === PASSWORDS.ann ? '' : '&error=denied'}`),
    );

    expect(leaksOf(await said(started(), isBroken, send))).toEqual([]);
  });
});

describe('With GraphQL, no secret is given to receivers, logged, answered or observed', () => {
  const started = oneApplication(() => startGraphQL({ isHeard: false, providers: [Everything], options }));
  const variables = 'mutation Login($username: String!, $password: String!)';
  const documents = [
    {
      what: 'in its variables',
      bodyOf: (field: string, password: string) => ({
        query: `${variables} { ${field}(username: $username, password: $password) }`,
        variables: { username: 'ann', password },
      }),
    },
    {
      what: 'in its document',
      bodyOf: (field: string, password: string) => ({
        query: `mutation { ${field}(username: "ann", password: "${password}") }`,
      }),
    },
  ];

  it.each(
    ['login', 'refusing', 'marked'].flatMap(field =>
      documents.flatMap(it => BROKEN.map(more => ({ field, ...it, ...more }))),
    ),
  )('that is $what, at $field, with receivers $receivers', async ({ field, bodyOf, isBroken }) => {
    const send = byBrowser((browser, password) => browser.post('/graphql', bodyOf(field, password)));

    expect(leaksOf(await said(started(), isBroken, send))).toEqual([]);
  });
});
