import { ForbiddenException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import { SignalsModule } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { Browser, STRATEGIES } from './login-app.js';
import { ADAPTERS } from './matrix-app.js';
import { LocalStrategy, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';
import { startTable } from './table-app.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

describe.each(ADAPTERS)('On %s, a session that a receiver refuses', adapter => {
  it('leaves no cookie, where a route calls `logIn()` itself', async () => {
    await using app = await startTable(adapter, true);
    const browser = new Browser({ url: app.url, settled: async () => {} });
    app.recorded.objection.in = () => {
      throw new ForbiddenException('no');
    };
    const refused = await browser.post('/by-hand', GOOD);
    const anonymous = (await (await browser.get('/whoami')).json()) as object;
    app.recorded.objection = {};
    const served = await browser.post('/by-hand', GOOD);

    expect([refused, served].map(({ status }) => status)).toEqual([403, 201]);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(anonymous).toEqual({ name: null });
    expect(await (await browser.get('/whoami')).json()).toEqual({ name: 'ann' });
  });
});

/** A session that is stored in its cookie: an object without a store, which sends no cookie as long as it is empty. */
class CookieSession {
  regenerate(done: () => void) {
    done();
  }

  save(done: () => void) {
    done();
  }
}

it('A session without a store holds nothing after a login that a receiver refuses', async () => {
  let left: object = {};
  const giveSession = (request: Request, response: Response, next: NextFunction) => {
    const session = new CookieSession();
    Object.defineProperty(request, 'session', { value: session, writable: true });
    response.once('finish', () => (left = request.session));
    next();
  };
  const imports = [SignalsModule.forRoot({ passport: { login: [LocalStrategy] } }), RoutesModule];
  const module = await Test.createTestingModule({ imports, providers: [LoginRecord, ...STRATEGIES] }).compile();
  const app = module.createNestApplication<NestExpressApplication>().use(giveSession);
  await app.listen(0, '127.0.0.1');
  const browser = new Browser({ url: await app.getUrl(), settled: async () => {} });
  const served = await browser.post('/session', GOOD);
  const kept = Object.keys(left);
  app.get(LoginRecord).objection.in = () => {
    throw new ForbiddenException('no');
  };
  const refused = await browser.post('/session', GOOD);
  await app.close();

  expect([served, refused].map(({ status }) => status)).toEqual([201, 403]);
  expect(kept).toEqual(['passport']);
  expect(left).toBeInstanceOf(CookieSession);
  expect(Object.keys(left)).toEqual([]);
});
