import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Controller, Inject, Injectable, Post } from '@nestjs/common';
import passport from 'passport';
import { AuthSignals, type Message, OnSignal, UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Browser, LoginApp } from './login-app.js';
import { ANN, PASSWORDS } from './people.js';
import { RoutesModule } from './routes.js';

const AttemptSchema = defineEntity({ name: 'Attempt', properties: { id: p.integer().primary(), what: p.string() } });
class Attempt extends AttemptSchema.class {}
AttemptSchema.setClass(Attempt);

@Injectable()
class Attempts {
  readonly agrees: boolean[] = [];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal([UserLoggedIn, UserLoginFailed])
  async write(_: object, { em, signal }: Message): Promise<void> {
    this.agrees.push(em === this.em.getContext());
    this.em.create(Attempt, { what: signal.constructor.name });
    await this.em.flush();
  }
}

@Controller()
class EarlyRoutes {
  @Post('early')
  early() {}
}

describe('A receiver of an auth signal has an EntityManager', () => {
  let database: TestDatabase;
  let app: LoginApp;

  beforeAll(async () => {
    database = await createTestDatabase();
    const entities = [AttemptSchema];
    const orm = MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: database.url, entities });
    app = await LoginApp.start({
      imports: [orm, RoutesModule],
      controllers: [EarlyRoutes],
      providers: [Attempts],
      prepare: it => it.use('/early', passport.authenticate('local')),
    });
    app.app.useLogger(false);
    await app.app.get(MikroORM).schema.create();
  });

  beforeEach(async () => {
    app.app.get(Attempts).agrees.length = 0;
    await app.app.get(MikroORM).em.fork().nativeDelete(Attempt, {});
  });

  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await database.drop();
  });

  const stored = async () => {
    const attempts = await app.app
      .get(MikroORM)
      .em.fork()
      .findAll(Attempt, { orderBy: { id: 1 } });
    return attempts.map(({ what }) => what);
  };

  it.each([
    ['a guard', '/session'],
    ['a route', '/token'],
    ['middleware of a module', '/plain/session'],
    ['middleware of main.ts', '/early'],
    ['the end of a response', '/plain/token'],
  ])('when it is sent by %s', async (_, path) => {
    const attempts = app.app.get(Attempts);
    const browser = new Browser(app);
    const right = { username: 'ann', password: PASSWORDS.ann! };

    await browser.post(`${path}?${new URLSearchParams(right).toString()}`);
    await browser.post(`${path}?${new URLSearchParams({ ...right, password: 'quietly wrong' }).toString()}`);
    // Nothing waits for the receivers of what is sent at the end of a response.
    while ((await stored()).length < 2) await new Promise(setImmediate);

    expect(attempts.agrees).toEqual([true, true]);
    expect(await stored()).toEqual(['UserLoggedIn', 'UserLoginFailed']);
  });

  it('when it is sent by hand, outside of every request', async () => {
    await app.app.get(AuthSignals).loggedIn({}, ANN);

    expect(app.app.get(Attempts).agrees).toEqual([true]);
    expect(await stored()).toEqual(['UserLoggedIn']);
  });
});
