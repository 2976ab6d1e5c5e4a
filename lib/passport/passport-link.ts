import { HttpException } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import {
  type Application,
  type FastifyReply,
  type HttpAdapter,
  onHttpAdapter,
  type RoomLink,
  type SendNext,
} from '../nest/index.js';
import { AuthSignals, UserLoginFailed } from './auth-signals.js';
import { LoginRoutes } from './login-routes.js';
import { LoginStrategies } from './login-strategies.js';
import { attachApplication, applicationOf, type AttachedApplication } from './attached-request.js';
import { responseOf } from './attachment.js';
import type { PassportOptions } from './passport-options.js';
import { reportPending } from './pending-logins.js';
import { ResponseGate } from './response-gate.js';
import { type AnyResponse, isReply, rawResponse } from './response-headers.js';
import { passportOf } from './strategy.js';
import { watchStrategy } from './strategy-watch.js';
import { checkPassport } from './supported-passport.js';
import { UserLoggedIn, UserLoggedOut } from './user-signals.js';

const SET_ERROR_ANSWER = 'setErrorHandler';

type AnswerError = (error: unknown, request: object, response: object, next: () => void) => void;

/** Nest gives Express's adapter the answer to errors by the filters of the application. */
interface AnsweringAdapter extends HttpAdapter {
  [SET_ERROR_ANSWER]?(answer: AnswerError, ...rest: unknown[]): unknown;
}

/** The signals of logins and logouts. */
export const AUTH_SIGNALS = [UserLoggedIn, UserLoggedOut, UserLoginFailed];

/** The hooks in the requests, strategies and routes of an application. */
export class PassportLink implements RoomLink, AttachedApplication {
  readonly strategies = new LoginStrategies(this.application.modules, this.options.login);
  private readonly channels = AUTH_SIGNALS.map(signal => this.application.registry.channel(signal));
  private found: AuthSignals | undefined;
  private answerError: AnswerError | undefined;

  /** Hooks the HTTP adapter, before any middleware of the application's own. */
  constructor(
    private readonly application: Application,
    private readonly options: PassportOptions,
  ) {
    const { moduleRef, registry } = application;
    onHttpAdapter(moduleRef, adapter => this.attachRequests(adapter));
    registry.sources.add({ signals: AUTH_SIGNALS, start: () => this.watchStrategies() });
  }

  configure(): void {
    const config = this.application.moduleRef.get(ApplicationConfig, { strict: false });
    new LoginRoutes(this.application.modules, config, this).bind();
  }

  get auth(): AuthSignals {
    return (this.found ??= this.application.moduleRef.get<AuthSignals>(AuthSignals));
  }

  gate(request: object): void {
    const logins = this.auth.of(request);
    const response = responseOf(request);
    if (!response || logins.isGated) return;
    logins.isGated = true;
    const report = (status: number) => reportPending(request, this.auth, status);
    new ResponseGate(rawResponse(response), logins, report, this.refusalOf(request, response));
  }

  /** Returns the answer to an error in the place of a response; undefined if there can be none. */
  private refusalOf(request: object, response: AnyResponse): ((error: unknown) => void) | undefined {
    if (isReply(response)) return error => answerReply(response, error);
    const { answerError } = this;
    return answerError && (error => answerError(error, request, response, () => undefined));
  }

  private watchStrategies(): void {
    for (const strategy of this.strategies.find()) {
      checkPassport(passportOf(strategy));
      watchStrategy(strategy);
    }
  }

  private attachRequests(adapter: HttpAdapter): void {
    const attach = attachApplication(this);
    const attachWatched = (request: object, reply: object, next: () => void): void => {
      // Without receivers a request costs nothing; a module that was loaded since may have one.
      this.application.requests.findLateReceivers();
      if (this.channels.some(channel => channel.hasAudience()))
        attach(request, 'raw' in reply ? (reply as FastifyReply) : undefined);
      next();
    };
    if (adapter.getType() !== 'fastify') {
      this.findErrorAnswer(adapter);
      return void adapter.use(attachWatched);
    }
    const fastify = adapter.getInstance();
    fastify.addHook('onRequest', attachWatched);
    fastify.addHook('onSend', (request, reply, payload, done) => this.answerFastify(request, reply, payload, done));
  }

  /** An own property of the one adapter of this application: nothing gives this call away afterwards. */
  private findErrorAnswer(adapter: AnsweringAdapter): void {
    const original = adapter[SET_ERROR_ANSWER]?.bind(adapter);
    if (!original) return;
    adapter[SET_ERROR_ANSWER] = (answer, ...rest) => {
      this.answerError = answer;
      return original(answer, ...rest);
    };
  }

  private answerFastify(request: object, reply: FastifyReply, payload: unknown, done: SendNext): void {
    const logins = applicationOf(request) === this ? this.auth.of(request) : undefined;
    const reporting = logins?.isGated ? reportPending(request, this.auth, reply.statusCode) : undefined;
    if (!logins || !reporting) return done(undefined, payload);
    // Fastify goes on to the route where a hook has answered without waiting for it, as that of @fastify/passport does.
    Object.defineProperty(reply, 'sent', { value: true, configurable: true });
    const answer: SendNext = (error, answered) => {
      Reflect.deleteProperty(reply, 'sent');
      done(error, answered);
    };
    const refuse = (error: unknown) => {
      logins.restoreHeaders();
      answer(error);
    };
    reporting.then(() => answer(undefined, payload), refuse);
  }
}

/** Fastify's error handler, which is Nest's, cannot answer what the application answers with the response of Node. */
function answerReply(reply: FastifyReply, error: unknown): void {
  if (!reply.sent) return void reply.send(error);
  const status = error instanceof HttpException ? error.getStatus() : 500;
  const answer =
    error instanceof HttpException ? error.getResponse() : { statusCode: 500, message: 'Internal server error' };
  const body = JSON.stringify(typeof answer === 'string' ? { statusCode: status, message: answer } : answer);
  reply.raw.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
