import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { NextFunction, Request, Response } from 'express';
import session, { MemoryStore } from 'express-session';
import type { AddressInfo } from 'node:net';
import passport from 'passport';
import { SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { LoginRecord } from './login-record.js';
import { ANN, BOB, JwtStrategy, LdapStrategy, LocalStrategy, OAuthStrategy, type User } from './people.js';

passport.serializeUser((user, done) => done(null, (user as User).name));
passport.deserializeUser((name, done) =>
  done(
    null,
    [ANN, BOB].find(user => user.name === name),
  ),
);

export const STRATEGIES = [LocalStrategy, LdapStrategy, JwtStrategy, OAuthStrategy];

interface LoginAppMetadata extends ModuleMetadata {
  options?: SignalsModuleOptions;
  /** Whether the application has a receiver. Default: `LoginRecord`. */
  isHeard?: boolean;
  /** Before `init()`, as in main.ts. */
  prepare?: (app: NestExpressApplication) => unknown;
}

/** A browser: it keeps its cookie. */
export class Browser {
  private cookie: string | undefined;

  constructor(private readonly app: { readonly url: string; settled(): Promise<void> }) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<globalThis.Response> {
    return this.ask(path, { headers });
  }

  async post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<globalThis.Response> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.ask(path, { method: 'POST', body: JSON.stringify(body), headers: json });
  }

  private async ask(path: string, init: RequestInit): Promise<globalThis.Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== undefined) headers.set('cookie', this.cookie);
    const response = await fetch(this.app.url + path, { ...init, headers, redirect: 'manual' });
    this.cookie = response.headers.getSetCookie().at(-1)?.split(';')[0] ?? this.cookie;
    await this.app.settled();
    return response;
  }
}

/** A running application with sessions, the strategies of `people.ts`, and `LoginRecord`. */
export class LoginApp implements AsyncDisposable {
  readonly store = new MemoryStore();
  private readonly running: Promise<unknown>[] = [];
  app!: INestApplication;
  url!: string;

  static async start({
    options = {},
    isHeard = true,
    prepare,
    imports = [],
    providers = [],
    ...metadata
  }: LoginAppMetadata): Promise<LoginApp> {
    const passportOptions = options.passport ?? { login: [LocalStrategy, LdapStrategy, OAuthStrategy] };
    const module = await Test.createTestingModule({
      imports: [SignalsModule.forRoot({ ...options, passport: passportOptions }), ...imports],
      providers: [...(isHeard ? [LoginRecord] : []), ...STRATEGIES, ...providers],
      ...metadata,
    }).compile();
    const started = new LoginApp();
    await started.listen(module.createNestApplication<NestExpressApplication>(), prepare);
    return started;
  }

  private async listen(app: NestExpressApplication, prepare?: LoginAppMetadata['prepare']): Promise<void> {
    this.app = app;
    app.use((_: Request, response: Response, next: NextFunction) => {
      this.running.push(new Promise(resolve => response.once('close', resolve)));
      next();
    });
    app.use(session({ secret: 'of the session', resave: false, saveUninitialized: false, store: this.store }));
    app.use(passport.session());
    await prepare?.(app);
    await app.listen(0, '127.0.0.1');
    this.url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }

  get recorded(): LoginRecord {
    return this.app.get(LoginRecord);
  }

  /** The sessions that hold a user. */
  async loggedIn(): Promise<number> {
    const sessions = await new Promise<object>(resolve => this.store.all((_, all) => resolve(all ?? {})));
    const users = Object.values(sessions).map((it: { passport?: { user?: string } }) => it.passport?.user);
    return users.filter(user => user !== undefined).length;
  }

  /** When all responses have ended, for the server too. */
  async settled(): Promise<void> {
    await Promise.all(this.running.splice(0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }
}
