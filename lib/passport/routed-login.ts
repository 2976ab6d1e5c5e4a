import type { ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { AuthSignals } from './auth-signals.js';
import { credentialsIn, turnsAway } from './credentials.js';
import type { LoginAttempt } from './login-attempt.js';
import { loginRouteOf, type LoginRouteOptions } from './login-route.decorator.js';
import { applicationOf } from './attached-request.js';
import { userLetIn } from './pending-logins.js';
import type { RequestLogins } from './request-logins.js';
import { userOf } from './request-user.js';

/** One request to a route that logs in. */
export class RoutedLogin {
  /** Of the route, or of the field of a GraphQL request. */
  private readonly attempt: LoginAttempt;
  private readonly auth: AuthSignals;
  private readonly logins: RequestLogins;
  private readonly route: LoginRouteOptions | undefined;
  private readonly credentials: object;

  constructor(
    private readonly request: object,
    private readonly context: ExecutionContext,
  ) {
    // Requests that are not attached pass the interceptor by.
    const application = applicationOf(request)!;
    this.auth = application.auth;
    this.logins = application.begin(request);
    this.attempt = this.logins.of(context);
    this.route = loginRouteOf(context.getHandler());
    this.credentials = this.route ? credentialsIn(context, request) : {};
  }

  /** Begins once all guards have let the request in: if they know no user, the refusal of an optional guard is a failure. */
  begin(): Promise<void> | undefined {
    const { attempt, logins, auth, request } = this;
    const { failure } = attempt;
    if (!failure) return undefined;
    if (!logins.newUser) return auth.attemptFailed(request, attempt, failure);
    attempt.drop();
    return undefined;
  }

  /** Whether what the route asks and reports belongs to its attempt already. */
  get isCurrent(): boolean {
    return this.logins.current === this.attempt;
  }

  /** Runs the route, so that all that it asks and reports belongs to its attempt. */
  run<T>(call: () => T): T {
    return this.auth.attempts.run(this.attempt, call);
  }

  /** Reports the login of a route that has succeeded; undefined if there is none. A refusal makes the route fail. */
  succeed(result: unknown): void | Promise<void> {
    const { attempt, route, request } = this;
    // One authentication is one login: a route may report it itself, of a user that it has loaded anew.
    if (attempt.isOver || attempt.failure) return undefined;
    const { statusCode = 0 } = this.response;
    if (statusCode >= 400) return attempt.drop();
    if (!route?.user) return this.report(this.userOf(result));
    return Promise.resolve(route.user(request, result)).then(user => this.report(user));
  }

  private report(user: object | null | undefined): void | Promise<void> {
    const { attempt, auth, request } = this;
    if (!user) return attempt.drop();
    // The gate of the response may have reported it by now.
    if (attempt.isOver) return undefined;
    const { headersSent = false } = this.response;
    return auth.attemptSucceeded(request, attempt, user, headersSent);
  }

  async fail(error: unknown): Promise<void> {
    const { attempt, auth, request, route, credentials } = this;
    if (attempt.state === 'refused') this.logins.restoreHeaders();
    if (attempt.isOver) return;
    const { failure } = attempt;
    if (attempt.login) attempt.drop();
    if (failure) await auth.attemptFailed(request, attempt, failure);
    else if (route && turnsAway(error)) await auth.attemptFailed(request, attempt, { credentials, error });
  }

  private userOf(result: unknown): object | undefined {
    const { request, route, context } = this;
    const { login } = this.attempt;
    const user = login && userLetIn(request, login);
    return user ?? (route && userOfRoute(context, request, result, this.auth));
  }

  /** The response; empty behind a GraphQL resolver, where it is not known. */
  private get response(): { statusCode?: number; headersSent?: boolean } {
    if (this.context.getType() !== 'http') return {};
    const response = this.context.getArgByIndex<{ raw?: ServerResponse } & ServerResponse>(1);
    return response.raw ?? response;
  }
}

/** Finds the user who has logged in at a `@LoginRoute()` that does not name its user: on the request, or in the route's answer. */
export function userOfRoute(
  context: ExecutionContext,
  request: object,
  result: unknown,
  auth: AuthSignals,
): object | undefined {
  const { user: answered } = (result ?? {}) as { user?: object };
  const user = auth.of(request).newUser ?? answered ?? userOf(request) ?? undefined;
  const route = `${context.getClass().name}.${context.getHandler().name}`;
  if (!user) {
    auth.warn(
      `${route} is a @LoginRoute(), and the user who has logged in is not known: ` +
        `say it with @LoginRoute({ user: (request, result) => ... }).`,
    );
  } else if (user === answered && auth.isWithoutClass(user)) {
    auth.warn(
      `${route} is a @LoginRoute() that answers \`user\`, a plain object, which receivers of UserLoggedIn get with all that it ` +
        `holds: set request.user, or say who has logged in with @LoginRoute({ user: (request, result) => ... }).`,
    );
  }
  return user;
}
