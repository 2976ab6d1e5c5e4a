import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  deliver,
  maskCredentials,
  PACKAGE,
  send,
  Sending,
  type SignalClass,
  SignalRegistry,
  THIS_COPY,
} from '../core/index.js';
import { contextFrom, privateField, RequestSignal, type RootOptions, SIGNALS_OPTIONS } from '../nest/index.js';
import { isAttached, rawAttachedOf, responseOf } from './attachment.js';
import type { LoginAttempt, LoginFailure } from './login-attempt.js';
import type { PassportOptions } from './passport-options.js';
import { RequestLogins } from './request-logins.js';
import { unsetUser, userOf } from './request-user.js';
import { RunningAttempts } from './running-attempts.js';
import { type LoginFailedPayload, type UserClass, UserLoggedIn, UserLoggedOut } from './user-signals.js';

/**
 * Signals of logins, logouts and failures that are sent by hand, where neither Passport nor `@LoginRoute()` is in
 * charge: a WebSocket, a revoked token, a login of one's own.
 *
 * Each is sent once for a request, by hand or not.
 */
@Injectable()
export class AuthSignals {
  /** @internal */
  static readonly [PACKAGE] = THIS_COPY;
  /** @internal */
  readonly attempts = new RunningAttempts();
  private readonly requests = privateField<RequestLogins>();
  private readonly passport: PassportOptions = this.options.passport || {};
  private readonly warned = new Set<string>();

  constructor(
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(SIGNALS_OPTIONS) private readonly options: RootOptions & { passport?: false | PassportOptions },
  ) {}

  /**
   * Sends `UserLoggedIn`, once for each user of a request.
   *
   * Rejects with the error of a receiver, which refuses the login: `request.user` is unset when it is this user.
   * The caller undoes whatever else it has set up.
   */
  loggedIn(request: object, user: object, { strategy }: { strategy?: string } = {}): Promise<void> {
    return this.attemptSucceeded(request, this.of(request).current, user, { strategy });
  }

  /**
   * Sends `UserLoggedOut`, once for each user of a request. Rejects with the error of a receiver.
   *
   * @param user - the user who logs out. Default: `request.user`, or null without one.
   */
  async loggedOut(request: object, user: object | null = userOf(request)): Promise<void> {
    const logins = this.of(request);
    const send = () => this.send(UserLoggedOut, user ? this.senderOf(user) : undefined, { request, user });
    logins.loggedIn.forget(user);
    await logins.loggedOut.send(user, () => this.within(request, send));
  }

  /**
   * Sends `UserLoginFailed` with masked credentials, once for each request and credentials; without a request, at
   * every call. Rejects with the error of a receiver, to be answered instead of a 401.
   */
  async loginFailed(
    credentials: object,
    request?: object,
    reason: { strategy?: string; error?: unknown; info?: unknown } = {},
  ): Promise<void> {
    const failure = { ...reason, credentials };
    if (request) await this.of(request).current.reportFailure(() => this.sendFailure(failure, request), credentials);
    else await this.sendFailure(failure);
  }

  /** @internal Sends a failure that was noticed, once for each attempt. */
  attemptFailed(request: object, attempt: LoginAttempt, failure: LoginFailure): Promise<void> {
    return attempt.reportFailure(() => this.sendFailure(failure, request));
  }

  /** @internal Sends a login that was noticed. */
  attemptSucceeded(
    request: object,
    attempt: LoginAttempt,
    user: object,
    { strategy, robust }: { strategy?: string; robust?: boolean } = {},
  ): Promise<void> {
    const logins = this.of(request);
    const { login } = attempt;
    const payload = { request: request as unknown, user, strategy: strategy ?? login?.strategy };
    const send = () => this.send(UserLoggedIn, this.senderOf(user), payload, robust);
    const refuse = () => {
      attempt.refuse();
      unsetUser(request, user, login?.property);
    };
    logins.loggedOut.forget(user);
    attempt.answer();
    return logins.loggedIn.send(user, () => this.within(request, send), refuse);
  }

  /** @internal Returns the logins of a request; Fastify's request and the one inside it are one. */
  of(request: object): RequestLogins {
    const raw = rawAttachedOf(request);
    const known = this.requests.of(raw);
    if (known) return known;
    const logins = new RequestLogins(request, this.attempts);
    this.requests.keep(raw, logins);
    return logins;
  }

  /** @internal Returns the logins of a request, at the beginning of an attempt. */
  begin(request: object): RequestLogins {
    const logins = this.of(request);
    logins.begin(responseOf(request));
    return logins;
  }

  /** @internal Warns, once for each text. */
  warn(text: string): void {
    if (this.warned.has(text)) return;
    this.warned.add(text);
    new Logger('Signals').warn(text);
  }

  /** @internal Whether a user is a plain object, without a class for its kind. */
  isWithoutClass(user: object): boolean {
    return isPlain(user) && !this.passport.userClass;
  }

  private sendFailure({ credentials, strategy, error, info }: LoginFailure, request?: object): Promise<unknown> {
    const masked = maskCredentials(credentials, this.passport.sensitive);
    const payload = { credentials: masked, request: request as unknown, strategy, error, info };
    const send = () => this.send(UserLoginFailed, AuthSignals, payload);
    return request ? this.within(request, send) : send();
  }

  /** Runs `send` in the request: middleware of `main.ts` runs before it is entered, and the end of a response after it was left. */
  private within<T>(request: object, send: () => T): T {
    const { contexts } = this.registry;
    if (!contexts.readsRequests || contexts.current?.request || !isAttached(request)) return send();
    const { context: read } = this.options;
    const context = contexts.current?.context ?? (read && (() => contextFrom(read, request)));
    return contexts.run({ request, context }, send);
  }

  private send(signal: SignalClass, sender: unknown, payload: object, robust = false): Promise<unknown> {
    const channel = this.registry.channel(signal);
    return robust ? deliver(new Sending(channel, sender, payload), true) : send(channel, sender, payload);
  }

  private senderOf(user: object): UserClass {
    const prototype = Object.getPrototypeOf(user) as object | null;
    return (isPlain(user) && this.passport.userClass) || (prototype?.constructor as UserClass);
  }
}

/**
 * Sent after a failed attempt to log in: Django's `user_login_failed`. The sender is the class `AuthSignals`.
 *
 * Sent once for each attempt, however many strategies and guards were asked, when none of them has let the request
 * in, before the response. Each field of a GraphQL request is an attempt of its own. An error is answered instead of
 * the 401, or of any other answer.
 */
export class UserLoginFailed extends RequestSignal<LoginFailedPayload, typeof AuthSignals> {}

function isPlain(user: object): boolean {
  const prototype = Object.getPrototypeOf(user) as object | null;
  return prototype === null || prototype === Object.prototype;
}
