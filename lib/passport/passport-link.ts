import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { Channel } from '../core/index.js';
import type { Application, RoomLink } from '../nest/index.js';
import { AuthSignals } from './auth-signals.js';
import { LoginRoutes } from './login-routes.js';
import { LoginStrategies, passportOf } from './login-strategies.js';
import { owning, ownerOf, type RequestOwner, responseOf } from './owned-request.js';
import type { PassportOptions } from './passport-options.js';
import { reportPending } from './pending-logins.js';
import type { RequestLogins } from './request-logins.js';
import { ResponseGate } from './response-gate.js';
import { type FastifyReply, isReply, rawResponse } from './response-headers.js';
import { watchStrategy } from './strategy-watch.js';
import { checkPassport } from './supported-passport.js';
import { UserLoggedIn, UserLoggedOut, UserLoginFailed } from './user-signals.js';

const SET_ERROR_ANSWER = 'setErrorHandler';

/** What a server adapter of Nest can do for us, Express's and Fastify's. */
interface HttpAdapter {
  getType(): string;
  use(middleware: (request: object, response: object, next: () => void) => void): unknown;
  /** Nest calls it with what answers errors by the filters of the application. */
  [SET_ERROR_ANSWER]?(answer: AnswerError, ...rest: unknown[]): unknown;
  getInstance(): {
    addHook(name: 'onRequest', hook: (request: object, reply: FastifyReply, done: () => void) => void): unknown;
    addHook(
      name: 'onSend',
      hook: (request: object, reply: FastifyReply, payload: unknown, done: Done) => void,
    ): unknown;
  };
}

type AnswerError = (error: unknown, request: object, response: object, next: () => void) => void;
type Done = (error?: unknown, payload?: unknown) => void;

const SIGNALS = [UserLoggedIn, UserLoggedOut, UserLoginFailed];

/** Hooks the requests, strategies and routes of an application. */
export class PassportLink implements RoomLink, RequestOwner {
  private readonly strategies: LoginStrategies;
  private readonly channels: readonly Channel[];
  private found: AuthSignals | undefined;
  private answerError: ((error: unknown, request: object, response: object) => void) | undefined;

  constructor(
    private readonly application: Application,
    options: PassportOptions,
  ) {
    this.strategies = new LoginStrategies(application.modules, options.login);
    this.channels = SIGNALS.map(signal => application.registry.channel(signal));
  }

  /** Requests first, before any middleware of the application's own. */
  link(): this {
    const { moduleRef, registry } = this.application;
    const host = moduleRef.get(HttpAdapterHost, { strict: false });
    // Under NestFactory there is an adapter already, in a testing module there will be one, and elsewhere none.
    host.init$.subscribe(() => this.ownRequests(host.httpAdapter as HttpAdapter | undefined));
    registry.startup.addSource({ signals: SIGNALS, start: () => this.watchStrategies() });
    return this;
  }

  configure(): void {
    const config = this.application.moduleRef.get(ApplicationConfig, { strict: false });
    new LoginRoutes(this.application.modules, config, this).bind();
  }

  get auth(): AuthSignals {
    return (this.found ??= this.application.moduleRef.get<AuthSignals>(AuthSignals));
  }

  logsIn(strategy: object): boolean {
    return this.strategies.logsIn(strategy);
  }

  begin(request: object): RequestLogins {
    const logins = this.auth.of(request);
    logins.begin(responseOf(request));
    return logins;
  }

  gate(request: object): void {
    const logins = this.auth.of(request);
    const response = responseOf(request);
    if (!response || logins.isGated) return;
    logins.isGated = true;
    const { answerError } = this;
    const refuse = (error: unknown) => {
      logins.restoreHeaders();
      answerError!(error, request, response);
    };
    new ResponseGate(rawResponse(response), {
      report: status => reportPending(request, this.auth, status),
      refuse: isReply(response) ? undefined : answerError && refuse,
    });
  }

  private watchStrategies(): void {
    for (const strategy of this.strategies.find()) {
      checkPassport(passportOf(strategy));
      watchStrategy(strategy);
    }
  }

  private ownRequests(adapter: HttpAdapter | undefined): void {
    const own = owning(this);
    const ownHeard = (request: object, reply: object, next: () => void): void => {
      // A request costs nothing while nobody wants to know; a module that was loaded since may want to.
      this.application.requests.findLateReceivers();
      if (this.channels.some(channel => channel.isWanted))
        own(request, 'raw' in reply ? (reply as FastifyReply) : undefined);
      next();
    };
    if (adapter?.getType() !== 'fastify') {
      this.findErrorAnswer(adapter);
      return void adapter?.use(ownHeard);
    }
    const fastify = adapter.getInstance();
    fastify.addHook('onRequest', ownHeard);
    fastify.addHook('onSend', (request, reply, payload, done) => this.answerFastify(request, reply, payload, done));
  }

  /** An own property of the one adapter of this application: nothing gives this call away afterwards. */
  private findErrorAnswer(adapter: HttpAdapter | undefined): void {
    const original = adapter?.[SET_ERROR_ANSWER]?.bind(adapter);
    if (!adapter || !original) return;
    adapter[SET_ERROR_ANSWER] = (answer, ...rest) => {
      this.answerError = (error, request, response) => answer(error, request, response, () => undefined);
      return original(answer, ...rest);
    };
  }

  private answerFastify(request: object, reply: FastifyReply, payload: unknown, done: Done): void {
    const logins = ownerOf(request) === this ? this.auth.of(request) : undefined;
    const reporting = logins?.isGated ? reportPending(request, this.auth, reply.statusCode) : undefined;
    if (!reporting) return done(undefined, payload);
    // Fastify goes on to the route where a hook has answered without waiting for it, as that of @fastify/passport does.
    Object.defineProperty(reply, 'sent', { value: true, configurable: true });
    const answer: Done = (error, answered) => {
      Reflect.deleteProperty(reply, 'sent');
      done(error, answered);
    };
    const refuse = (error: unknown) => {
      logins!.restoreHeaders();
      answer(error);
    };
    reporting.then(() => answer(undefined, payload), refuse);
  }
}
