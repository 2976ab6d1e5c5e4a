import { ForbiddenException } from '@nestjs/common';
import { ADAPTERS, type AdapterName } from './matrix-app.js';
import { ANN, PASSWORDS } from './people.js';
import { startTable, type TableApp } from './table-app.js';

const GUARDS = [
  ...['/guard', '/scoped', '/app-guard', '/existing-guard', '/global-guard', '/scoped-app-guard', '/asking-guard'],
  ...['/one-after-another', '/side-by-side'],
];
const OTHERS = ['/own-guard', '/list', '/callback', '/login-route'];
const SESSIONS = ['/session', '/middleware-session'];

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

const OUTCOMES: readonly Outcome[] = [
  { outcome: 'success', status: 201, signals: ['in ann'], hasToken: true },
  { outcome: 'a wrong password', status: 401, signals: ['failed ann'], hasToken: false, password: 'a guess' },
  {
    outcome: 'a wrong password, without an exception',
    ways: [...GUARDS, ...OTHERS.filter(way => way !== '/login-route'), ...SESSIONS],
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
    headers: { 'x-nobody': 'yes' },
  },
  { outcome: 'an error', status: 500, signals: [], hasToken: false, username: 'nobody' },
  { outcome: 'refused by a receiver', status: 403, signals: ['in ann'], hasToken: false, refuses: 'in' },
  {
    outcome: 'a wrong password, and a receiver that answers',
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
  return [...GUARDS, ...OTHERS, ...middleware, ...(hasSessions ? SESSIONS : [])];
}

describe.each(CASES)('On $adapter, with sessions: $hasSessions,', ({ adapter, hasSessions }) => {
  let app: TableApp;
  let asked = 0;

  beforeAll(async () => {
    app = await startTable(adapter, hasSessions);
    asked = 0;
  });

  beforeEach(() => {
    app.heard.take();
    app.heard.objection = {};
  });

  afterAll(() => app[Symbol.asyncDispose]());

  async function post(path: string, { username = 'ann', password = RIGHT, headers = {} }: Partial<Outcome>) {
    const json = { 'content-type': 'application/json', ...headers };
    const response = await fetch(app.url + path, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ username, password }),
    });
    await app.requests.finished(++asked);
    return response;
  }

  /** Who is logged in with the cookies of a response. */
  async function visitor(response: Response): Promise<string | null> {
    const cookie = response.headers.getSetCookie().map(it => it.split(';')[0]!);
    const whoami = await fetch(`${app.url}/whoami`, { headers: { cookie: cookie.join('; ') } });
    await app.requests.finished(++asked);
    return ((await whoami.json()) as { name: string | null }).name;
  }

  const ways = waysOf(adapter, hasSessions);
  const rows = OUTCOMES.flatMap(row =>
    ways.filter(way => !row.ways || row.ways.includes(way)).map(way => ({ ...row, way })),
  );

  it.each(rows)('$way, with $outcome, is answered $status and sends $signals', async ({ way, refuses, ...row }) => {
    if (refuses) {
      app.heard.objection[refuses] = async () => {
        await new Promise(setImmediate);
        throw new ForbiddenException('no');
      };
    }

    const response = await post(way, row);

    expect({ status: response.status, signals: sentTo(app) }).toEqual({ status: row.status, signals: row.signals });
    const cookies = response.headers.getSetCookie().map(it => it.split('=')[0]!);
    expect(cookies.includes('token')).toBe(row.hasToken);
    expect(row.status >= 400 ? cookies : []).toEqual([]);
    expect(userOn(app)).toEqual(usersAfter(way, row));
    expect(response.headers.get('x-token')).toBe(row.hasToken ? 'a token' : null);
    const isInside = SESSIONS.includes(way) && row.status === 201 && row.signals.length > 0;
    expect(await visitor(response)).toBe(isInside ? 'ann' : null);
  });
});

/** The signals, each with the name that it is about. */
function sentTo({ heard }: TableApp): string[] {
  return heard.all.map(({ signal, payload }) => {
    const { user, credentials } = payload as { user?: { name: string }; credentials?: { username: string } };
    return `${signal} ${user?.name ?? credentials?.username}`;
  });
}

/** Who is on the request that the last signal was about. */
function userOn({ heard }: TableApp): unknown {
  const { user = null } = (heard.all.at(-1)?.payload.request ?? {}) as { user?: unknown };
  return user;
}

function usersAfter(way: string, { status, signals }: Outcome): unknown {
  const isOnRequest = !['/callback', '/login-route'].includes(way);
  return isOnRequest && status === 201 && signals.length > 0 ? ANN : null;
}
