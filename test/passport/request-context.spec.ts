import { jest } from '@jest/globals';
import { Controller, Inject, Injectable, Logger, Post, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Request } from 'express';
import passport from 'passport';
import { type Message, OnSignal, type PayloadOf, UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { Browser, LoginApp } from './login-app.js';
import { PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

@Injectable()
class Log {
  readonly lines: object[] = [];
}

@Injectable({ scope: Scope.REQUEST })
class ScopedReceiver {
  constructor(
    @Inject(REQUEST) private readonly request: unknown,
    private readonly log: Log,
  ) {}

  @OnSignal([UserLoggedIn, UserLoginFailed])
  receive({ request }: PayloadOf<UserLoggedIn> | PayloadOf<UserLoginFailed>, { context }: Message): void {
    this.log.lines.push({ isOwn: request === this.request, ...context });
  }
}

@Controller()
class EarlyRoutes {
  @Post('early')
  early() {}
}

const start = (context: (request: Request) => object) =>
  LoginApp.start({
    imports: [RoutesModule],
    controllers: [EarlyRoutes],
    providers: [Log, ScopedReceiver],
    options: { context: context as (request: Request) => Record<string, unknown> },
    prepare: it => it.use('/early', passport.authenticate('local')),
  });

describe('A receiver of an auth signal', () => {
  it.each([
    ['a guard', '/session'],
    ['a route', '/token'],
    ['middleware of a module', '/plain/session'],
    ['middleware of main.ts', '/early'],
    ['the end of a response', '/plain/token'],
  ])('belongs to the request, and knows its context, when it is sent by %s', async (_, path) => {
    await using app = await start(({ headers }) => ({ id: headers['x-request'] }));
    app.app.useLogger(false);
    const browser = new Browser(app);
    const right = { username: 'ann', password: PASSWORDS.ann! };
    const wrong = { ...right, password: 'quietly wrong' };

    await browser.post(`${path}?${new URLSearchParams(right).toString()}`, {}, { 'x-request': 'first' });
    await browser.post(`${path}?${new URLSearchParams(wrong).toString()}`, {}, { 'x-request': 'second' });

    expect(app.app.get(Log).lines).toEqual([
      { isOwn: true, id: 'first' },
      { isOwn: true, id: 'second' },
    ]);
  });

  it.each([
    ['middleware of a module', '/plain/session'],
    ['middleware of main.ts', '/early'],
  ])('refuses a context that is a promise, when it is sent by %s', async (_, path) => {
    await using app = await start(() => Promise.resolve({ id: 'late' }));
    const logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue();

    const { status } = await new Browser(app).post(path, { username: 'ann', password: PASSWORDS.ann! });

    expect(status).toBe(500);
    expect(logged.mock.calls.flat().join(' ')).toContain('it returns a promise, and sends do not wait for it');
    logged.mockRestore();
  });
});
