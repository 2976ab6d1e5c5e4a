import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { SignalsModule } from 'nestjs-signals';
import { compileApp, startApp } from '../support/app.js';

/** The session manager of Passport 0.4 and 0.5, whose `logIn()` and `logOut()` have no options. */
class SessionManager {
  logIn(_request: object, _user: object, finish: () => void): void {
    finish();
  }

  logOut(_request: object, finish: () => void): void {
    finish();
  }
}

/** A session manager of an application's own. */
class TokenSessions extends SessionManager {}

const { Passport } = passport as unknown as { Passport: new () => object };

/** A strategy that is registered with another Passport than that of the process. */
function strategyOf(other: object) {
  @Injectable()
  class LocalStrategy extends PassportStrategy(Strategy) {
    getPassportInstance() {
      return other;
    }

    validate() {
      return {};
    }
  }
  return LocalStrategy;
}

describe('Passport', () => {
  it.each<[string, object]>([
    ['0.5', { _sm: new SessionManager() }],
    ['0.3, which has no session manager', { _sm: undefined }],
  ])('of version %s is refused at start', async (_, parts) => {
    const providers = [strategyOf(Object.assign(new Passport(), parts))];

    await expect(startApp({ providers })).rejects.toMatchObject({
      code: 'PEER_NOT_SUPPORTED',
      message: expect.stringMatching(/'passport'[^]*0\.5 or older[^]*npm install 'passport@/),
    });
  });

  it('of version 0.5 is left alone with `passport: false`', async () => {
    const strategy = strategyOf(Object.assign(new Passport(), { _sm: new SessionManager() }));
    await using app = await compileApp({
      imports: [SignalsModule.forRoot({ passport: false })],
      providers: [strategy],
    });

    await expect(app.init()).resolves.toBe(app);
  });

  it.each<[string, object]>([
    ['is the one that is installed', new Passport()],
    ['has a session manager of the application', Object.assign(new Passport(), { _sm: new TokenSessions() })],
    ['is of another package', { use() {}, _sm: new SessionManager() }],
  ])('that %s is used', async (_, other) => {
    const strategy = strategyOf(other);
    await using app = await startApp({ providers: [strategy] });

    expect(app.get(strategy)).toBeInstanceOf(strategy);
  });
});
