import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import { AuthSignals } from 'nestjs-signals';
import { ADAPTERS, type AdapterName } from './matrix-app.js';
import { ANN, PASSWORDS, User } from './people.js';
import { startTable, type TableApp } from './table-app.js';
import { type Answer, attempt, FIELDS, MUTATION, SOCKET } from './table-ways.js';

const GUARDS = [
  ...['/guard', '/scoped', '/app-guard', '/existing-guard', '/global-guard', '/scoped-app-guard', '/asking-guard'],
  ...['/one-after-another', '/side-by-side', MUTATION, FIELDS],
];
const OTHERS = ['/own-guard', '/list', '/callback'];
/** The ways that decide themselves: there is no strategy, and no exception of one. */
const OWN = ['/login-route', SOCKET];
const LOG_IN = '/by-hand';
const SESSIONS = ['/session', '/middleware-session', LOG_IN];
const MIDDLEWARE = ['/middleware', '/middleware-session'];

interface Outcome {
  readonly outcome: string;
  readonly ways?: readonly string[];
  readonly status: number;
  readonly signals: readonly string[];
  readonly hasToken: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Record<string, string>;
  readonly refuses?: 'in' | 'failed';
}

const RIGHT = PASSWORDS.ann!;
const NOTICED = [...GUARDS, ...OTHERS, ...OWN, ...MIDDLEWARE, '/session'];

const OUTCOMES: readonly Outcome[] = [
  { outcome: 'success', status: 201, signals: ['in ann'], hasToken: true },
  {
    outcome: 'a wrong password',
    ways: NOTICED,
    status: 401,
    signals: ['failed ann'],
    hasToken: false,
    password: 'a guess',
  },
  {
    outcome: 'a wrong password of which the route alone knows',
    ways: [LOG_IN],
    status: 401,
    signals: [],
    hasToken: false,
    password: 'a guess',
  },
  {
    outcome: 'a wrong password, without an exception',
    ways: [...GUARDS, ...OTHERS, ...MIDDLEWARE, '/session'],
    status: 401,
    signals: ['failed ann'],
    hasToken: false,
    password: 'quietly a guess',
  },
  {
    outcome: 'no user from `handleRequest()`',
    ways: [...GUARDS, '/session'],
    status: 201,
    signals: [],
    hasToken: true,
    headers: { 'x-no-user': 'yes' },
  },
  { outcome: 'an error', status: 500, signals: [], hasToken: false, username: 'unreadable' },
  { outcome: 'refused by a receiver', status: 403, signals: ['in ann'], hasToken: false, refuses: 'in' },
  {
    outcome: 'a wrong password, and a receiver that answers',
    ways: NOTICED,
    status: 403,
    signals: ['failed ann'],
    hasToken: false,
    password: 'a guess',
    refuses: 'failed',
  },
  {
    outcome: 'a wrong password and a right key',
    ways: ['/one-after-another', '/side-by-side'],
    status: 201,
    signals: [],
    hasToken: false,
    password: 'a guess',
    headers: { 'x-key': 'a key' },
  },
];

const CASES = ADAPTERS.flatMap(adapter => [true, false].map(hasSessions => ({ adapter, hasSessions })));

/** @fastify/passport is middleware only where there are sessions. */
function waysOf(adapter: AdapterName, hasSessions: boolean): readonly string[] {
  const middleware = adapter === 'express' || hasSessions ? ['/middleware'] : [];
  return [...GUARDS, ...OTHERS, ...OWN, ...middleware, ...(hasSessions ? SESSIONS : [])];
}

describe.each(CASES)('On $adapter, with sessions: $hasSessions,', ({ adapter, hasSessions }) => {
  let app: TableApp;
  let asked = 0;

  beforeAll(async () => {
    app = await startTable(adapter, hasSessions);
    asked = 0;
  });

  beforeEach(() => {
    app.recorded.take();
    app.recorded.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  /** Returns the name of the user that the cookies of a response log in. */
  async function visitor({ cookies }: Answer): Promise<string | null> {
    const cookie = cookies.map(it => it.split(';')[0]!).join('; ');
    const whoami = await fetch(`${app.url}/whoami`, { headers: { cookie } });
    await app.requests.finished(++asked);
    return ((await whoami.json()) as { name: string | null }).name;
  }

  const ways = waysOf(adapter, hasSessions);
  const rows = OUTCOMES.flatMap(row =>
    ways.filter(way => !row.ways || row.ways.includes(way)).map(way => ({ ...row, way })),
  );

  it.each(rows)('$way, with $outcome, is answered $status and sends $signals', async ({ way, refuses, ...row }) => {
    if (refuses) {
      app.recorded.objection[refuses] = async () => {
        await new Promise(setImmediate);
        throw new ForbiddenException('no');
      };
    }
    const { username = 'ann', password = RIGHT, headers = {} } = row;

    const answer = await attempt(app.url, way, { username, password, headers });
    await app.requests.finished(++asked);

    expect({ status: answer.status, signals: sentTo(app) }).toEqual({
      status: row.status,
      signals: signalsOf(way, row),
    });
    const hasToken = row.hasToken && way !== SOCKET;
    const cookies = answer.cookies.map(it => it.split('=')[0]!);
    expect(cookies.includes('token')).toBe(hasToken);
    expect(row.status >= 400 ? cookies : []).toEqual(isAnonymous(adapter, way, row) ? ['connect.sid'] : []);
    expect(userOn(app)).toEqual(usersAfter(way, row));
    expect(answer.token).toBe(hasToken ? 'a token' : null);
    const isInside = SESSIONS.includes(way) && row.status === 201 && row.signals.length > 0;
    expect(await visitor(answer)).toBe(isInside ? 'ann' : null);
  });
});

/** Passport begins another session before it looks at the user, and express-session keeps it, without a user in it. */
function isAnonymous(adapter: AdapterName, way: string, { status }: Omit<Outcome, 'refuses'>): boolean {
  return adapter === 'express' && way === LOG_IN && status === 500;
}

const byName = (one: { who: string }, other: { who: string }) => one.who.localeCompare(other.who);

/** The signals with all that they hold, and the class of an error; those of parallel fields may overtake each other. */
function sentTo({ recorded }: TableApp): object[] {
  const sent = recorded.all.map(({ signal, sender, payload }) => {
    const { request, user, ...rest } = payload as { request: { url: string; originalUrl?: string }; user?: User };
    const { credentials, error } = rest as { credentials?: { username: string }; error?: Error };
    const who = `${signal} ${user?.name ?? credentials?.username}`;
    return {
      who,
      sender,
      url: request.originalUrl ?? request.url,
      ...(user && { user }),
      ...rest,
      error: error?.constructor,
    };
  });
  return sent.toSorted(byName);
}

const MASKED = '********************';

/** The signals of a row, with all that they hold. */
function signalsOf(way: string, { signals, password }: Omit<Outcome, 'refuses'>): object[] {
  const isGraphQL = way === MUTATION || way === FIELDS;
  const url = isGraphQL ? '/graphql' : way === SOCKET ? '/socket' : way;
  const strategy = way === SOCKET ? 'socket' : ['/login-route', LOG_IN].includes(way) ? undefined : 'local';
  const failed = (name: string, isQuiet: boolean) => ({
    who: `failed ${name}`,
    sender: AuthSignals,
    url,
    credentials: { username: name, password: MASKED, ...(isGraphQL && { query: MASKED }) },
    strategy: isQuiet && way === '/list' ? 'ldap' : strategy,
    error: isQuiet ? undefined : UnauthorizedException,
    info: undefined,
  });
  const sent = signals.map(who =>
    who === 'in ann'
      ? { who, sender: User, url, user: ANN, strategy, error: undefined }
      : failed('ann', password?.startsWith('quietly') === true),
  );
  return [...sent, ...(way === FIELDS ? [failed('bob', true)] : [])].toSorted(byName);
}

/** Returns the user on the request that the last signal was about. */
function userOn({ recorded }: TableApp): unknown {
  const { user = null } = (recorded.all.at(-1)?.payload.request ?? {}) as { user?: unknown };
  return user;
}

function usersAfter(way: string, { status, signals }: Omit<Outcome, 'refuses'>): unknown {
  const isOnRequest = !['/callback', '/login-route'].includes(way);
  return isOnRequest && status === 201 && signals.length > 0 ? ANN : null;
}
