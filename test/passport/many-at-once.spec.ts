import { Injectable } from '@nestjs/common';
import {
  GotRequestException,
  type Message,
  OnSignal,
  RequestFinished,
  RequestStarted,
  UserLoggedIn,
  UserLoggedOut,
  UserLoginFailed,
} from 'nestjs-signals';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { ADAPTERS, startMatrixApp } from './matrix-app.js';
import { PASSWORDS } from './people.js';

const REQUESTS = 3000;

interface NumberedRequest {
  readonly headers: Readonly<Record<string, string>>;
}

const numberOf = ({ headers }: NumberedRequest) => Number(headers['x-number']);

/** Writes down which signals it receives of which request, and the few times that the context is not that of the request. */
@Injectable()
class Witness {
  readonly recorded = Array.from({ length: REQUESTS }, (): string[] => []);
  mistaken = 0;
  private started = 0;
  private readonly arrived = Promise.withResolvers<void>();
  private finished = 0;
  private readonly ended = Promise.withResolvers<void>();

  get done(): Promise<void> {
    return this.ended.promise;
  }

  /** Lets none go on before all are there. */
  @OnSignal(RequestStarted)
  begin({ request }: { request: NumberedRequest }): Promise<void> {
    this.recorded[numberOf(request)]!.push('RequestStarted');
    if (++this.started === REQUESTS) this.arrived.resolve();
    return this.arrived.promise;
  }

  @OnSignal([GotRequestException, UserLoggedIn, UserLoggedOut, UserLoginFailed])
  async receive({ request, ...payload }: { request?: NumberedRequest }, message: Message): Promise<void> {
    const number = numberOf(request!);
    const { user, credentials } = payload as { user?: { name: string }; credentials?: { username: string } };
    const name = user?.name ?? credentials?.username;
    this.recorded[number]!.push([message.signal.constructor.name, name ?? []].flat().join(' '));
    await new Promise(setImmediate);
    if (message.context.number !== number) this.mistaken++;
  }

  @OnSignal(RequestFinished)
  end({ request, statusCode }: { request: NumberedRequest; statusCode: number }): void {
    this.recorded[numberOf(request)]!.push(`RequestFinished ${statusCode}`);
    if (++this.finished === REQUESTS) this.ended.resolve();
  }
}

const RIGHT = { ann: PASSWORDS.ann!, bob: PASSWORDS.bob! };
const WRONG = { ann: 'a guess', bob: 'a guess' };
const QUIET = { ann: 'quietly a guess', bob: 'quietly a guess' };

interface Way {
  readonly path: string;
  readonly passwords: typeof RIGHT;
  readonly sends: readonly string[];
  readonly status: number;
  /** Default: Ann or Bob. */
  readonly name?: string;
}

const WAYS: readonly Way[] = [
  { path: '/session', passwords: RIGHT, sends: ['UserLoggedIn'], status: 201 },
  { path: '/session', passwords: WRONG, sends: ['UserLoginFailed'], status: 401 },
  { path: '/token', passwords: RIGHT, sends: ['UserLoggedIn'], status: 201 },
  { path: '/token', passwords: QUIET, sends: ['UserLoginFailed'], status: 401 },
  { path: '/scoped', passwords: RIGHT, sends: ['UserLoggedIn'], status: 201 },
  { path: '/scoped', passwords: QUIET, sends: ['UserLoginFailed'], status: 401 },
  { path: '/several', passwords: RIGHT, sends: ['UserLoggedIn'], status: 201 },
  { path: '/several', passwords: QUIET, sends: ['UserLoginFailed'], status: 401 },
  { path: '/kind', passwords: WRONG, sends: ['UserLoginFailed'], status: 200 },
  { path: '/optional', passwords: WRONG, sends: ['UserLoginFailed'], status: 201 },
  { path: '/plain/token', passwords: RIGHT, sends: ['UserLoggedIn'], status: 200 },
  { path: '/plain/session', passwords: RIGHT, sends: ['UserLoggedIn'], status: 200 },
  { path: '/plain/redirect', passwords: QUIET, sends: ['UserLoginFailed'], status: 302 },
  { path: '/refusing', passwords: RIGHT, sends: [], status: 409 },
  { path: '/token', passwords: RIGHT, sends: ['GotRequestException'], status: 500, name: 'unreadable' },
  { path: '/logout', passwords: RIGHT, sends: ['UserLoggedOut'], status: 200 },
];

/** On a connection of its own. */
async function send(url: string, body: string, number: number): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-number': String(number) };
  const [response] = (await once(
    httpRequest(url, { method: 'POST', headers, agent: false }).end(body),
    'response',
  )) as [IncomingMessage];
  await once(response.resume(), 'end');
}

describe.each(ADAPTERS)('On %s, 3,000 requests at once', adapter => {
  it('are reported once each, with their own request, their own user and their own context', async () => {
    const options = { context: (request: NumberedRequest) => ({ number: numberOf(request) }) };
    await using started = await startMatrixApp(adapter, { options, providers: [Witness] });
    const witness = started.app.get(Witness);
    const requests = Array.from({ length: REQUESTS }, (_, number) => ({
      ...WAYS[number % WAYS.length]!,
      username: number % 2 === 0 ? ('ann' as const) : ('bob' as const),
    }));

    const sent = requests.map(async ({ path, passwords, username, name = username }, number) => {
      const body = { username: name, password: passwords[username] };
      await send(started.url + path, JSON.stringify(body), number);
    });
    await Promise.all(sent);
    await witness.done;

    const expected = requests.map(({ sends, username, status }) => [
      'RequestStarted',
      ...sends.map(signal => (/^UserLog(gedI|inF)/.test(signal) ? `${signal} ${username}` : signal)),
      `RequestFinished ${status}`,
    ]);
    expect(witness.recorded.map(names => names.toSorted(byTime))).toEqual(expected);
    expect(witness.mistaken).toBe(0);
  }, 180_000);
});

const ORDER = ['RequestStarted', 'User', 'GotRequestException', 'RequestFinished'];

/** A login through Passport's middleware is sent when the response has ended, as the end of its request is. */
function byTime(one: string, other: string): number {
  const at = (name: string) => ORDER.findIndex(start => name.startsWith(start));
  return at(one) - at(other);
}
