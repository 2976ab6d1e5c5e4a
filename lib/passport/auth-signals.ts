import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  deliver,
  frozenContext,
  PACKAGE,
  Sending,
  type SignalClass,
  SignalRegistry,
  THIS_COPY,
} from '../core/index.js';
import { notes, type RootOptions, SIGNALS_OPTIONS } from '../nest/index.js';
import { maskCredentials } from './masking.js';
import { type LoginAttempt, type LoginFailure, rawOf } from './login-attempt.js';
import { ownerOf } from './owned-request.js';
import type { PassportOptions } from './passport-options.js';
import { RequestLogins } from './request-logins.js';
import { unsetUser, userOf } from './request-user.js';
import { RunningAttempts } from './running-attempts.js';
import { type UserClass, UserLoggedIn, UserLoggedOut, UserLoginFailed } from './user-signals.js';

/**
 * Tells logins, logouts and failures by hand, where neither Passport nor `@LoginRoute()` is in charge: a WebSocket,
 * a revoked token, a login of one's own.
 *
 * What was told of a request already, by hand or not, is not told again.
 */
@Injectable()
export class AuthSignals {
  /** @internal */
  static readonly [PACKAGE] = THIS_COPY;
  /** @internal */
  readonly attempts = new RunningAttempts();
  private readonly requests = notes<RequestLogins>();
  private readonly passport: PassportOptions;
  private readonly warned = new Set<string>();

  constructor(
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(SIGNALS_OPTIONS) private readonly options: RootOptions & { passport?: false | PassportOptions },
  ) {
    this.passport = options.passport || {};
  }

  /**
   * Sends `UserLoggedIn`, once for each user of a request.
   *
   * Rejects with the error of a receiver, which refuses the login: `request.user` is unset when it is this user.
   * What else the caller has set up is the caller's to undo.
   */
  loggedIn(request: object, user: object, { strategy }: { strategy?: string } = {}): Promise<void> {
    return this.tellLogin(request, user, this.of(request).current, { strategy });
  }

  /**
   * Sends `UserLoggedOut`, once for each user of a request. Rejects with the error of a receiver.
   *
   * @param user - who logs out. Default: `request.user`, or null when nobody is logged in.
   */
  async loggedOut(request: object, user: object | null = userOf(request)): Promise<void> {
    const logins = this.of(request);
    const send = () => this.send(UserLoggedOut, user ? this.senderOf(user) : undefined, { request, user });
    logins.loggedIn.forget(user);
    await logins.loggedOut.tell(user, () => this.within(request, send));
  }

  /**
   * Sends `UserLoginFailed` with masked credentials, once for each request and credentials; without a request, at
   * every call. Rejects with the error of a receiver, which is what to answer instead of a 401.
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

  /** @internal For a failure that was noticed, once for each attempt. */
  attemptFailed(request: object, attempt: LoginAttempt, failure: LoginFailure): Promise<void> {
    return attempt.reportFailure(() => this.sendFailure(failure, request));
  }

  /** @internal For a login that was noticed. */
  attemptSucceeded(request: object, attempt: LoginAttempt, user: object, robust = false): Promise<void> {
    return this.tellLogin(request, user, attempt, {}, robust);
  }

  /** @internal What is known of the logins of a request; Fastify's request and the one inside it are one. */
  of(request: object): RequestLogins {
    const raw = rawOf(request);
    const known = this.requests.of(raw);
    if (known) return known;
    const logins = new RequestLogins(request, this.attempts);
    this.requests.keep(raw, logins);
    return logins;
  }

  /** @internal Warns of the same thing once. */
  warn(text: string): void {
    if (this.warned.has(text)) return;
    this.warned.add(text);
    new Logger('Signals').warn(text);
  }

  /** @internal Whether nothing says what kind of user an object is. */
  isWithoutClass(user: object): boolean {
    return isPlain(user) && !this.passport.userClass;
  }

  private async tellLogin(
    request: object,
    user: object,
    attempt: LoginAttempt,
    { strategy }: { strategy?: string },
    robust = false,
  ): Promise<void> {
    const logins = this.of(request);
    const { login } = attempt;
    const payload = { request: request as unknown, user, strategy: strategy ?? login?.strategy };
    const send = () => this.send(UserLoggedIn, this.senderOf(user), payload, robust);
    logins.loggedOut.forget(user);
    attempt.answer();
    try {
      await logins.loggedIn.tell(user, () => this.within(request, send));
    } catch (error) {
      attempt.refuse();
      unsetUser(request, user, login?.property);
      throw error;
    }
  }

  private sendFailure({ credentials, strategy, error, info }: LoginFailure, request?: object): Promise<unknown> {
    const masked = maskCredentials(credentials, this.passport.sensitive);
    const payload = { credentials: masked, request: request as unknown, strategy, error, info };
    const send = () => this.send(UserLoginFailed, AuthSignals, payload);
    return request ? this.within(request, send) : send();
  }

  /** Middleware of `main.ts` is called before the request is entered, and the end of a response after it was left. */
  private within<T>(request: object, send: () => T): T {
    const { ambient } = this.registry;
    if (ambient.current?.request || !ownerOf(request)) return send();
    const { context: read } = this.options;
    const context = ambient.current?.context ?? (read && (() => frozenContext(read(request))));
    return ambient.run({ request, context }, send);
  }

  private send(signal: SignalClass, sender: unknown, payload: object, robust = false): Promise<unknown> {
    return deliver(new Sending(this.registry.channel(signal), sender, payload), robust);
  }

  private senderOf(user: object): UserClass {
    const prototype = Object.getPrototypeOf(user) as object | null;
    return (isPlain(user) && this.passport.userClass) || (prototype?.constructor as UserClass);
  }
}

function isPlain(user: object): boolean {
  const prototype = Object.getPrototypeOf(user) as object | null;
  return prototype === null || prototype === Object.prototype;
}
