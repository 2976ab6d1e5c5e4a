import type { Request } from 'express';
import { Browser, LoginApp } from './login-app.js';
import { PASSWORDS, type User } from './people.js';
import { RoutesModule } from './routes.js';

const REQUESTS = 400;
const AT_ONCE = 50;

const NAMES = ['ann', 'bob'] as const;

const WAYS = [
  { path: '/session', password: 'right', told: 'in' },
  { path: '/session', password: 'wrong', told: 'failed' },
  { path: '/token', password: 'right', told: 'in' },
  { path: '/token', password: 'quietly wrong', told: 'failed' },
  { path: '/scoped', password: 'right', told: 'in' },
  { path: '/scoped', password: 'quietly wrong', told: 'failed' },
  { path: '/several', password: 'quietly wrong', told: 'failed' },
  { path: '/plain/session', password: 'right', told: 'in' },
  { path: '/plain/redirect', password: 'quietly wrong', told: 'failed' },
  { path: '/refusing', password: 'right', told: undefined },
] as const;

function numberOf({ request }: { request?: Request }): string {
  return String(request?.headers['x-request']);
}

describe('Many requests at once', () => {
  it('are told of once each, with their own request and their own user', async () => {
    await using app = await LoginApp.start({ imports: [RoutesModule] });
    app.app.useLogger(false);
    const turn = () => new Promise<void>(resolve => void setImmediate(resolve));
    app.heard.objection = { in: turn, failed: turn };
    const expected = new Map<string, string>();
    const send = async (at: number) => {
      const { path, password, told } = WAYS[at % WAYS.length]!;
      const username = NAMES[at % 3 === 0 ? 0 : 1];
      if (told) expected.set(String(at), `${told} ${username}`);
      const body = { username, password: password === 'right' ? PASSWORDS[username] : password };
      await new Browser(app).post(path, body, { 'x-request': String(at) });
    };
    for (let at = 0; at < REQUESTS; at += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => send(at + more)));
    }

    const told = [
      ...app.heard.of('in').map(({ payload }) => [numberOf(payload), `in ${(payload.user as User).name}`] as const),
      ...app.heard
        .of('failed')
        .map(({ payload }) => [numberOf(payload), `failed ${String(payload.credentials.username)}`] as const),
    ];
    expect(told).toHaveLength(expected.size);
    expect(new Map(told)).toEqual(expected);
  });
});
