import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthSignals, SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { ANN, BOB, User } from './people.js';

describe('AuthSignals', () => {
  let app: INestApplicationContext & { auth: AuthSignals; recorded: LoginRecord };

  async function start(options: SignalsModuleOptions = {}): Promise<void> {
    const module = { module: class AppModule {}, imports: [SignalsModule.forRoot(options)], providers: [LoginRecord] };
    const context = await NestFactory.createApplicationContext(module, { logger: false });
    app = Object.assign(context, { auth: context.get(AuthSignals), recorded: context.get(LoginRecord) });
  }

  beforeEach(() => start());

  afterEach(() => app.close());

  it('reports a login once for each user of a request', async () => {
    const [request, another] = [{}, {}];
    await app.auth.loggedIn(request, ANN);
    await app.auth.loggedIn(request, ANN);
    await app.auth.loggedIn(request, BOB, { strategy: 'magic link' });
    await app.auth.loggedIn(another, ANN);

    expect(app.recorded.of('in').map(({ sender, payload }) => [sender, payload])).toEqual([
      [User, { request, user: ANN, strategy: undefined }],
      [User, { request, user: BOB, strategy: 'magic link' }],
      [User, { request: another, user: ANN, strategy: undefined }],
    ]);
  });

  it('takes the request inside that of Fastify for the same', async () => {
    const raw = {};
    await app.auth.loggedIn({ raw }, ANN);
    await app.auth.loggedIn(raw, ANN);

    expect(app.recorded.take()).toEqual(['in']);
  });

  it('rejects with the error of a receiver, takes the user off the request, and refuses again', async () => {
    const error = new Error('banned');
    app.recorded.objection.in = () => {
      throw error;
    };
    const request = { user: ANN, account: ANN };

    await expect(app.auth.loggedIn(request, ANN)).rejects.toBe(error);
    await expect(app.auth.loggedIn(request, ANN)).rejects.toBe(error);

    expect(request).toEqual({ user: undefined, account: ANN });
    expect(app.recorded.take()).toEqual(['in']);
  });

  it('leaves a user on the request who is another', async () => {
    app.recorded.objection.in = () => {
      throw new Error('banned');
    };
    const request = { user: ANN };

    await expect(app.auth.loggedIn(request, BOB)).rejects.toThrow('banned');

    expect(request.user).toBe(ANN);
  });

  it('may be asked by a receiver of the login that it is telling', async () => {
    app.recorded.objection.in = ({ request, user }) => app.auth.loggedIn(request as object, user);

    await app.auth.loggedIn({}, ANN);

    expect(app.recorded.take()).toEqual(['in']);
  });

  it('reports a logout of the user of the request, or of the one that is given, or of no user', async () => {
    await app.auth.loggedOut({ user: ANN });
    await app.auth.loggedOut({ _userProperty: 'account', account: BOB });
    await app.auth.loggedOut({}, ANN);
    await app.auth.loggedOut({});

    expect(app.recorded.of('out').map(({ sender, payload }) => [sender, payload.user])).toEqual([
      [User, ANN],
      [User, BOB],
      [User, ANN],
      [undefined, null],
    ]);
  });

  it('reports a failure once for each request, and of each without one', async () => {
    const request = {};
    await app.auth.loginFailed({ name: 'ann' }, request, { strategy: 'socket', info: 'too late' });
    await app.auth.loginFailed({ name: 'ann' }, request);
    await app.auth.loginFailed({ name: 'ann', password: 'a guess' });
    await app.auth.loginFailed({ name: 'ann' });

    expect(
      app.recorded.of('failed').map(({ sender, payload }) => [sender, payload.request, payload.credentials]),
    ).toEqual([
      [AuthSignals, request, { name: 'ann' }],
      [AuthSignals, undefined, { name: 'ann', password: '********************' }],
      [AuthSignals, undefined, { name: 'ann' }],
    ]);
    expect(app.recorded.of('failed')[0]?.payload).toMatchObject({ strategy: 'socket', info: 'too late' });
  });

  it('names the class of a user as sender, and `userClass` for a plain object', async () => {
    await app.close();
    await start({ passport: { userClass: User } });
    const plain = { name: 'ann' };
    await app.auth.loggedIn({}, plain);
    await app.auth.loggedIn({}, Object.assign(Object.create(null) as object, plain));
    await app.auth.loggedOut({}, plain);
    class Admin extends User {}
    await app.auth.loggedIn({}, new Admin('eve'));

    expect(app.recorded.all.map(({ sender }) => sender)).toEqual([User, User, User, Admin]);
  });

  it('sends what is sent by hand even with `passport: false`', async () => {
    await app.close();
    await start({ passport: false });

    await app.auth.loggedIn({}, ANN);
    await app.auth.loggedOut({}, ANN);
    await app.auth.loginFailed({});

    expect(app.recorded.take()).toEqual(['in', 'out', 'failed']);
  });
});
