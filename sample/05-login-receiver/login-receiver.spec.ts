import { Test } from '@nestjs/testing';
import { UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { expectNotSent, onlyReceivers, recordSignals } from 'nestjs-signals/testing';
import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';
import { AppModule } from './app.module.js';
import { User } from './user.js';

describe('A receiver of a login', () => {
  it('gets who logged in and who failed to, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/05-login-receiver'));
  });

  it('is called once for each attempt, and gets no password and no field that the settings call secret', async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    const logIn = async (password: string) =>
      fetch(`${await app.getUrl()}/login`, {
        method: 'POST',
        body: new URLSearchParams({ username: 'ann', password, pin: '4711' }),
      });
    using sent = recordSignals(app, UserLoggedIn, UserLoginFailed);
    using _ = onlyReceivers(app);

    await logIn('a guess');
    expectNotSent(sent, UserLoggedIn);
    await logIn('correct horse');

    expect(sent.all.map(({ signal }) => signal)).toEqual([UserLoginFailed, UserLoggedIn]);
    expect(sent.first(UserLoginFailed).payload.credentials).toMatchObject({ username: 'ann' });
    expect(JSON.stringify(sent.first(UserLoginFailed).payload.credentials)).not.toMatch(/guess|4711/);
    expect(sent.first(UserLoggedIn, User).payload.user.name).toBe('ann');
    await app.close();
  });
});
