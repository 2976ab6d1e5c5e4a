import { UseGuards, UseInterceptors } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { readFileSync } from 'node:fs';
import passport from 'passport';
import { Strategy as Local } from 'passport-local';
import { isPassportGuard } from '../../lib/passport/guard-watch.js';
import { strategyName } from '../../lib/passport/strategy.js';
import { bind, guardsOn, isBound } from '../../lib/passport/route-metadata.js';
import { Browser, LoginApp } from './login-app.js';
import { LdapStrategy, LocalStrategy, PASSWORDS } from './people.js';
import { Routes, SessionGuard } from './routes.js';

/** Behaviour of the installed versions that their makers have not promised to keep. */
const [nest, nestPassport, passportItself] = ['@nestjs/common', '@nestjs/passport', 'passport'].map(name => {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
});

function methodOf(type: Function, key: string): object {
  return Object.getOwnPropertyDescriptor(type.prototype, key)!.value as object;
}

describe(`${nest}`, () => {
  it('keeps the guards of a class and of a method where we look for them', () => {
    class Guard {
      canActivate = () => true;
    }
    class Controller {
      @UseGuards(Guard)
      route() {}
    }
    UseGuards(SessionGuard)(Controller);

    expect(guardsOn(Controller)).toEqual([SessionGuard]);
    expect(guardsOn(methodOf(Controller, 'route'))).toEqual([Guard]);
    expect(guardsOn(Guard)).toEqual([]);
  });

  it('keeps the interceptors of a method where we look for them, so that ours is bound once, after the others', () => {
    class Other {
      intercept() {}
    }
    class Controller {
      @UseInterceptors(Other as never)
      route() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Controller.prototype, 'route')!;
    const route = methodOf(Controller, 'route');
    expect(isBound(route)).toBe(false);

    bind(Controller.prototype, 'route', descriptor);
    bind(Controller.prototype, 'route', descriptor);

    expect(isBound(route)).toBe(true);
    expect(Reflect.getMetadata('__interceptors__', route)).toEqual([Other, expect.anything()]);
  });
});

describe(`${nestPassport}`, () => {
  it('makes guards that we can distinguish from others', () => {
    expect([AuthGuard('local'), SessionGuard].map(guard => isPassportGuard(guard.prototype))).toEqual([true, true]);
    expect(isPassportGuard({ canActivate: () => true })).toBe(false);
  });
});

describe(`${passportItself}`, () => {
  it('knows the name that a strategy is registered under, which the strategy does not', () => {
    const strategy = new LdapStrategy();
    expect(strategy).toMatchObject({ name: 'local' });
    expect(strategyName(strategy as never)).toBe('ldap');
    expect(strategyName(new LocalStrategy() as never)).toBe('local');

    passport.unuse('ldap');
    expect(strategyName(strategy as never)).toBe('local');
    expect(strategyName(new Local(() => undefined) as never)).toBe('local');
  });

  it('honours what a request has already, and puts its own there otherwise', async () => {
    await using app = await LoginApp.start({ controllers: [Routes] });

    const response = await new Browser(app).post('/session', { username: 'ann', password: PASSWORDS.ann });

    expect(response.status).toBe(201);
    const request = app.recorded.of('in')[0]!.payload.request as unknown as Record<string, unknown>;
    expect(request.logIn).toBe(request.login);
    expect(request.logOut).toBe(request.logout);
    expect(Object.keys(request)).not.toContain('logIn');
  });
});
