import { jest } from '@jest/globals';
import { type CanActivate, Controller, type ExecutionContext, Injectable, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import { SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { Browser, LoginApp } from './login-app.js';
import { LocalStrategy, PASSWORDS } from './people.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

@Injectable()
class LocalGuard extends AuthGuard('local') {}

@Injectable()
class RolesGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

const roles = new RolesGuard();

/** Asks another guard, and does not wait. */
class HastyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (roles as CanActivate).canActivate(context) === true;
  }
}

@Controller()
class Routes {
  @UseGuards(LocalGuard, roles, new HastyGuard())
  @Post('hasty')
  hasty() {}

  @UseGuards(LocalGuard, RolesGuard)
  @Post('guarded')
  guarded() {}

  @Post('open')
  open() {}
}

/** Counts how often it is asked for the request, which not every route has. */
class CountingGuard extends AuthGuard('local') {
  count = 0;

  override canActivate(context: ExecutionContext) {
    return context.getHandler().name === 'open' ? true : super.canActivate(context);
  }

  override getRequest(context: ExecutionContext): object {
    this.count++;
    if (context.getHandler().name === 'open') throw new Error('there is no request here');
    return super.getRequest(context) as object;
  }
}

describe('A guard', () => {
  it('is asked for its request only by itself', async () => {
    const guard = new CountingGuard();
    await using app = await LoginApp.start({ controllers: [Routes], prepare: it => it.useGlobalGuards(guard) });
    const browser = new Browser(app);

    expect((await browser.post('/open')).status).toBe(201);
    expect(guard.count).toBe(0);
    expect((await browser.post('/guarded', GOOD)).status).toBe(201);
    expect(guard.count).toBe(1);
  });

  it('that answers at once answers at once', async () => {
    await using app = await LoginApp.start({ controllers: [Routes] });

    expect((await new Browser(app).post('/hasty', GOOD)).status).toBe(201);
    expect(app.recorded.take()).toEqual(['in']);
  });

  it('that is frozen stays as it is, and its logins can be refused', async () => {
    const guard = Object.freeze(new LocalGuard());
    const prepare = (it: NestExpressApplication) => it.useGlobalGuards(guard);
    await using app = await LoginApp.start({ controllers: [Routes], prepare });
    app.recorded.objection.in = () => {
      throw new Error('banned');
    };
    app.app.useLogger(false);

    expect(Object.keys(guard)).toEqual(Object.keys(new LocalGuard()));
    expect((await new Browser(app).post('/open', GOOD)).status).toBe(500);
    expect((await new Browser(app).post('/open', { ...GOOD, password: 'a guess' })).status).toBe(401);
    expect(app.recorded.take()).toEqual(['in', 'failed']);
  });

  it.each([
    ['an object', (canActivate: () => boolean) => ({ canActivate })],
    ['a frozen object', (canActivate: () => boolean) => Object.freeze({ canActivate })],
  ])('that a test puts in the place of another stays as it is: %s', async (_, mockOf) => {
    const canActivate = jest.fn(() => true);
    const mock = mockOf(canActivate);
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot()],
      controllers: [Routes],
      providers: [LoginRecord, LocalStrategy],
    })
      .overrideGuard(LocalGuard)
      .useValue(mock)
      .compile();
    const app = module.createNestApplication<NestExpressApplication>();
    app.useGlobalGuards(mock);
    await app.listen(0, '127.0.0.1');

    await fetch(`${await app.getUrl()}/guarded`, { method: 'POST' });
    await app.close();

    expect(mock.canActivate).toBe(canActivate);
    expect(canActivate).toHaveBeenCalledTimes(2);
  });

  it('that is spied on is a spy for every reader', async () => {
    const guard = new LocalGuard();
    const spy = jest.spyOn(guard, 'canActivate');
    const handling = jest.spyOn(guard, 'handleRequest');
    await using app = await LoginApp.start({ controllers: [Routes], prepare: it => it.useGlobalGuards(guard) });

    await new Browser(app).post('/open', GOOD);

    expect(spy).toHaveBeenCalledTimes(1);
    expect(Reflect.get(guard, 'canActivate')).toHaveBeenCalledTimes(1);
    expect(handling).toHaveBeenCalledTimes(1);
    expect(app.recorded.take()).toEqual(['in']);
  });
});

@Controller()
class OwnRoutes {
  @Post('own')
  own(@Req() request: Request) {
    const { login, logout } = request as unknown as Record<string, (...args: unknown[]) => unknown>;
    return { login: login!('ann', { deep: true }, 3), logout: logout!(1) };
  }

  @UseGuards(LocalGuard)
  @Post('guarded')
  guarded(@Req() request: Request) {
    return this.own(request);
  }
}

describe('An application with `req.login()` and `req.logout()` of its own', () => {
  it.each(['/own', '/guarded'])(
    'has them called as they are, with their results, and nothing is sent: %s',
    async path => {
      await using app = await LoginApp.start({
        controllers: [OwnRoutes],
        prepare: it => {
          it.use((request: object, _: unknown, next: () => void) => {
            const own = (...args: unknown[]) => args;
            Object.assign(request, { login: own, logIn: own, logout: own, logOut: own });
            next();
          });
        },
      });

      const response = await new Browser(app).post(path, GOOD);

      expect(await response.json()).toEqual({ login: ['ann', { deep: true }, 3], logout: [1] });
      expect(app.recorded.take()).toEqual(path === '/own' ? [] : ['in']);
    },
  );
});
