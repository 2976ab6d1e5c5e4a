import { Controller, Get, Injectable, Logger, Module, Post, Req, UnauthorizedException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { jest } from '@jest/globals';
import { AuthGuard } from '@nestjs/passport';
import express, { type Request } from 'express';
import session from 'express-session';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import passport from 'passport';
import { AuthSignals, SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { Browser, LoginApp, STRATEGIES } from './login-app.js';
import { startApp } from '../support/app.js';
import { ANN, LocalStrategy, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const BAD = { username: 'ann', password: 'quietly a guess' };

@Controller()
class BareRoutes {
  @Post('bare')
  bare(@Req() request: Request): Promise<object> {
    return new Promise((resolve, reject) => request.logIn(ANN, error => (error ? reject(error) : resolve({}))));
  }

  @Get('bare')
  name(@Req() { user }: { user?: object }) {
    return user;
  }
}

@Module({
  imports: [SignalsModule.forRoot(), RoutesModule],
  providers: [LoginRecord, ...STRATEGIES],
  controllers: [BareRoutes],
})
class AppModule {}

function browserAt(url: string): Browser {
  return new Browser({ url, settled: () => Promise.resolve() });
}

/** Wraps an instance that Nest makes, as an observability agent may. */
function wrap(instance: unknown): unknown {
  const isOne = [...STRATEGIES, LoginRecord, AuthSignals].some(type => instance instanceof type);
  return isOne ? new Proxy(instance as object, {}) : instance;
}

describe('An application', () => {
  it.each([
    ['that NestFactory makes', undefined],
    ['whose providers are wrapped', { instanceDecorator: wrap }],
  ])('%s gets its logins', async (_, instrument) => {
    const app = await NestFactory.create(AppModule, {
      logger: false,
      abortOnError: false,
      ...(instrument && { instrument }),
    });
    await app.listen(0, '127.0.0.1');
    const browser = browserAt(await app.getUrl());

    await browser.post('/token', GOOD);
    await browser.post('/token', BAD);
    await browser.post('/several', BAD);

    expect(app.get(LoginRecord).take()).toEqual(['in', 'failed', 'failed']);
    await app.close();
  });

  it('that has a frozen strategy starts, and warns that nothing is known of its logins', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const frozen = { provide: LocalStrategy, useFactory: () => Object.freeze(new LocalStrategy()) };
    await using app = await startApp({ providers: [LoginRecord, frozen] });
    const warnings = warn.mock.calls.flat();
    warn.mockRestore();

    expect(app.get(LocalStrategy)).toBeInstanceOf(LocalStrategy);
    expect(warnings).toContainEqual(expect.stringMatching(/an instance of LocalStrategy is frozen[^]*authenticate/));
  });

  it('that is mounted in a server where Passport has been already gets its logins', async () => {
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.init();
    const server = express()
      .use(session({ secret: 'of the session', resave: false, saveUninitialized: false }), passport.session())
      .use('/mounted', app.getHttpAdapter().getInstance() as express.Express)
      .listen(0, '127.0.0.1');
    await once(server, 'listening');
    const browser = browserAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mounted`);

    const response = await browser.post('/bare');

    expect(response.status).toBe(201);
    expect(app.get(LoginRecord).take()).toEqual(['in']);
    expect(await (await browser.get('/bare')).json()).toEqual({ name: 'ann' });
    server.close();
    await app.close();
  });

  it('may have a guard of Passport in front of every route', async () => {
    @Injectable()
    class AnnGuard extends AuthGuard('local') {
      override handleRequest<Person>(error: unknown, user: Person): Person {
        if (user !== ANN) throw (error as Error | null) ?? new UnauthorizedException();
        return user;
      }
    }
    await using app = await LoginApp.start({
      controllers: [BareRoutes],
      prepare: it => it.useGlobalGuards(new AnnGuard()),
    });
    const browser = new Browser(app);
    const asked = ['ann', 'bob', 'eve'].map(name => `/bare?username=${name}&password=${PASSWORDS[name]}`);
    const statuses: number[] = [];
    for (const path of asked) statuses.push((await browser.get(path)).status);

    expect(statuses).toEqual([200, 401, 401]);
    expect(app.recorded.take()).toEqual(['in', 'failed', 'failed']);
  });
});
