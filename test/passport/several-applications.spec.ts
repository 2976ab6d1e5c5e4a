import { Browser, LoginApp } from './login-app.js';
import { ANN, BOB, LocalStrategy, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };
const BAD = { username: 'ann', password: 'quietly a guess' };

describe('Two applications in one process', () => {
  it('get their own logins only, although Passport asks the strategies of the last one for both', async () => {
    await using first = await LoginApp.start({ imports: [RoutesModule] });
    await using second = await LoginApp.start({ imports: [RoutesModule] });
    expect(first.app.get(LocalStrategy)).not.toBe(second.app.get(LocalStrategy));

    await new Browser(first).post('/session', GOOD);
    await new Browser(first).post('/token', BAD);
    await new Browser(second).post('/token', { username: 'bob', password: PASSWORDS.bob });

    expect(first.recorded.names).toEqual(['in', 'failed']);
    expect(second.recorded.names).toEqual(['in']);
    expect([first, second].map(app => app.recorded.of('in')[0]?.payload.user)).toEqual([ANN, BOB]);
  });

  it('differ in what is a login, and in whether anybody wants to know', async () => {
    await using curious = await LoginApp.start({ imports: [RoutesModule], options: { passport: { login: [] } } });
    await using silent = await LoginApp.start({ imports: [RoutesModule], options: { passport: false } });
    await using usual = await LoginApp.start({ imports: [RoutesModule] });

    for (const app of [curious, silent, usual]) {
      await new Browser(app).post('/token', GOOD);
      await new Browser(app).post('/session', GOOD);
      await new Browser(app).post('/token', BAD);
    }

    // A session is a login, whichever application began it.
    expect(curious.recorded.names).toEqual(['in']);
    expect(silent.recorded.names).toEqual([]);
    expect(usual.recorded.names).toEqual(['in', 'in', 'failed']);
  });

  it('do not need each other: what is left of one that has shut down serves the other', async () => {
    await using first = await LoginApp.start({ imports: [RoutesModule] });
    const second = await LoginApp.start({ imports: [RoutesModule] });
    await second[Symbol.asyncDispose]();

    await new Browser(first).post('/token', GOOD);
    await new Browser(first).post('/token', BAD);

    expect(first.recorded.names).toEqual(['in', 'failed']);
  });
});
