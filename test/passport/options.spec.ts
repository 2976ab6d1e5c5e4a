import { Controller, Get, Logger, Post, Req, UseGuards } from '@nestjs/common';
import { jest } from '@jest/globals';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { LoginRoute, SignalsModule, UserLoggedIn } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { Browser, LoginApp } from './login-app.js';
import { LoginRecord } from './login-record.js';
import { ANN, JwtStrategy, LdapStrategy, LocalStrategy, PASSWORDS } from './people.js';
import { Routes, RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

describe('The option `passport`', () => {
  it.each([
    [
      { logins: [] },
      'UNKNOWN_OPTION',
      /'passport\.logins' of SignalsModule[^]*use one of passport\.login, passport\.sensitive, passport\.userClass/,
    ],
    [{ sensitive: ['ssn', undefined] }, 'UNKNOWN_OPTION', /'passport\.sensitive'[^]*undefined names nothing/],
    [{ userClass: { name: 'User' } }, 'UNKNOWN_OPTION', /'passport\.userClass'[^]*is not a class/],
    [{ login: ['local'] }, 'NOT_A_STRATEGY', /'local' is not the class of a Passport strategy[^]*PassportStrategy/],
    [{ login: [undefined] }, 'NOT_A_STRATEGY', /undefined is not[^]*circular import/],
    [{ login: [LoginRecord] }, 'NOT_A_STRATEGY', /LoginRecord is not the class of a Passport strategy/],
    [
      { login: [LdapStrategy] },
      'NOT_A_STRATEGY',
      /LdapStrategy is not a provider of this application[^]*add LdapStrategy/,
    ],
  ])('%j is refused at start with %s', async (passport, code, message) => {
    const starting = (async () => {
      const app = await compileApp({
        imports: [SignalsModule.forRoot({ passport } as never)],
        providers: [LoginRecord],
      });
      await app.init();
    })();

    await expect(starting).rejects.toMatchObject({ code });
    await expect(starting).rejects.toThrow(message);
  });

  it('has every strategy that is built on passport-local log in by default', async () => {
    await using app = await LoginApp.start({ imports: [RoutesModule], options: { passport: {} } });
    const browser = new Browser(app);

    await browser.post('/token', GOOD);
    await browser.post('/several', { username: 'eve', password: PASSWORDS.eve });
    expect(app.recorded.of('in').map(({ payload }) => payload.strategy)).toEqual(['local', 'ldap']);
    app.recorded.take();

    await browser.get('/oauth?code=1234');
    expect(app.recorded.take()).toEqual([]);
  });

  it('has none but the listed strategies log in', async () => {
    const listed = { login: [JwtStrategy] };
    await using app = await LoginApp.start({ imports: [RoutesModule], options: { passport: listed } });
    const browser = new Browser(app);

    await browser.post('/token', GOOD);
    await browser.post('/token', { ...GOOD, password: 'a guess' });
    expect(app.recorded.take()).toEqual([]);

    await browser.get('/me', { authorization: 'Bearer token of ann' });
    expect(app.recorded.of('in')).toMatchObject([{ payload: { user: ANN, strategy: 'jwt' } }]);
  });

  it('takes what stands under the class of a strategy for it', async () => {
    const instead = new JwtStrategy();
    const providers = [{ provide: LocalStrategy, useValue: instead }];
    await using app = await LoginApp.start({
      imports: [RoutesModule],
      providers,
      options: { passport: { login: [LocalStrategy] } },
      prepare: () => passport.use('jwt', instead as never),
    });

    await new Browser(app).get('/me', { authorization: 'Bearer token of ann' });

    expect(app.recorded.take()).toEqual(['in']);
  });

  it('masks the credentials that it names', async () => {
    const listed = { sensitive: ['ssn', /^x_/] };
    await using app = await LoginApp.start({ imports: [RoutesModule], options: { passport: listed } });

    await new Browser(app).post('/token', { username: 'ann', ssn: '078-05-1120', profile: { x_id: 'y' } });

    expect(JSON.stringify(app.recorded.of('failed')[0]?.payload.credentials)).not.toMatch(/078|y/);
  });
});

@Controller()
class LookingRoutes {
  @Get('own')
  own(@Req() request: Request) {
    return Object.getOwnPropertySymbols(request).map(String).concat(Object.getOwnPropertyNames(request)).sort();
  }

  @LoginRoute({ user: () => ANN })
  @UseGuards(AuthGuard('local'))
  @Post('only-here')
  onlyHere() {}
}

describe('With `passport: false`', () => {
  it('nothing is put on requests, strategies, guards or routes, nothing is sent, and a receiver is warned of', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using app = await LoginApp.start({
      controllers: [Routes, LookingRoutes],
      options: { passport: false },
    });
    const browser = new Browser(app);

    await browser.post('/session', GOOD);
    await browser.post('/token', { ...GOOD, password: 'a guess' });
    await browser.post('/logout');
    await browser.post('/only-here', GOOD);
    const own = (await (await browser.get('/own')).json()) as string[];

    expect(app.recorded.take()).toEqual([]);
    expect(own.filter(name => /Attachment/.test(name))).toEqual([]);
    expect(Object.keys(app.app.get(LocalStrategy))).not.toContain('authenticate');
    expect(
      Reflect.getMetadata('__interceptors__', Reflect.get(LookingRoutes.prototype, 'onlyHere') as object),
    ).toBeUndefined();
    expect(warn.mock.calls.flat()).toContainEqual(
      expect.stringMatching(/LoginRecord\.onLoggedIn receives UserLoggedIn, which nothing[^]*passport: false/),
    );
    warn.mockRestore();
  });
});

describe('Without receivers', () => {
  it('nothing is put on requests, until there is one', async () => {
    await using app = await LoginApp.start({ controllers: [LookingRoutes], isHeard: false });
    const browser = new Browser(app);
    const own = async () =>
      ((await (await browser.get('/own')).json()) as string[]).filter(name => /Attachment/.test(name));
    expect(await own()).toEqual([]);

    // A receiver that is connected later is called from the next request on.
    using _ = app.app.get(UserLoggedIn).connect(() => undefined);
    expect(await own()).toEqual(['Symbol(Attachment)']);
  });
});
