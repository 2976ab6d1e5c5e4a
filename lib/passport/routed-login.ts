import type { ServerResponse } from 'node:http';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, from, Observable, of } from 'rxjs';
import { credentialsIn, turnsAway } from './credentials.js';
import { loginRouteOf } from './login-route.decorator.js';
import { applicationOf, requestIn } from './attached-request.js';
import { userLetIn } from './pending-logins.js';
import { userOf } from './request-user.js';

/** One request to a route that logs in. */
class RoutedLogin {
  // Requests that are not attached pass the interceptor by.
  private readonly auth = applicationOf(this.request)!.auth;
  private readonly logins = this.auth.begin(this.request);
  /** The login attempt of the route, or of the field of a GraphQL request. */
  private readonly attempt = this.logins.of(this.context);
  private readonly route = loginRouteOf(this.context.getHandler());
  private readonly credentials: object = this.route ? credentialsIn(this.context, this.request) : {};

  constructor(
    private readonly request: object,
    private readonly context: ExecutionContext,
  ) {}

  /** Calls the route once all guards have let the request in, and reports its login before the response. */
  handle(route: CallHandler): Observable<unknown> {
    const beginning = this.begin();
    return beginning ? from(beginning).pipe(concatMap(() => this.report(route))) : this.report(route);
  }

  private report(route: CallHandler): Observable<unknown> {
    return this.call(route).pipe(
      concatMap((result: unknown) => this.succeed(result)?.then(() => result) ?? of(result)),
      catchError(async (error: unknown) => {
        await this.fail(error);
        throw error;
      }),
    );
  }

  /** Calls the route, so that all that it asks and reports belongs to its attempt. */
  private call(route: CallHandler): Observable<unknown> {
    const { attempt, auth, logins } = this;
    if (logins.current === attempt) return route.handle();
    return new Observable(observer => auth.attempts.run(attempt, () => route.handle().subscribe(observer)));
  }

  /** If all guards have let the request in and know no user, the refusal of an optional guard is a failure. */
  private begin(): Promise<void> | undefined {
    const { attempt, logins, auth, request } = this;
    const { failure } = attempt;
    if (failure && !logins.newUser) return auth.attemptFailed(request, attempt, failure);
    if (failure) attempt.drop();
    return undefined;
  }

  /** Reports the login of a route that has succeeded; undefined if there is none. A refusal makes the route fail. */
  private succeed(result: unknown): void | Promise<void> {
    const { attempt, route, request } = this;
    // One authentication is one login: a route may report it itself, of a user that it has loaded anew.
    if (attempt.isOver || attempt.failure) return undefined;
    const { statusCode = 0 } = this.response;
    if (statusCode >= 400) return attempt.drop();
    if (!route?.user) return this.reportUser(this.userOf(result));
    return Promise.resolve(route.user(request, result)).then(user => this.reportUser(user));
  }

  private reportUser(user: object | null | undefined): void | Promise<void> {
    const { attempt, auth, request } = this;
    if (!user) return attempt.drop();
    // The gate of the response may have reported it by now.
    if (attempt.isOver) return undefined;
    return auth.attemptSucceeded(request, attempt, user, { robust: this.response.headersSent });
  }

  private async fail(error: unknown): Promise<void> {
    const { attempt, auth, request, route, credentials } = this;
    if (attempt.state === 'refused') this.logins.restoreHeaders();
    if (attempt.isOver) return;
    const { failure } = attempt;
    if (attempt.login) attempt.drop();
    if (failure) await auth.attemptFailed(request, attempt, failure);
    else if (route && turnsAway(error)) await auth.attemptFailed(request, attempt, { credentials, error });
  }

  private userOf(result: unknown): object | undefined {
    const { attempt, request, route } = this;
    const user = attempt.login && userLetIn(request, attempt.login);
    return user ?? (route && this.userOfRoute(result));
  }

  /** Finds the user who has logged in at a `@LoginRoute()` that does not name its user: on the request, or in the route's answer. */
  private userOfRoute(result: unknown): object | undefined {
    const { auth, context, logins, request } = this;
    const { user: answered } = (result ?? {}) as { user?: object };
    const user = logins.newUser ?? answered ?? userOf(request) ?? undefined;
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

  /** The response; empty behind a GraphQL resolver, where it is not known. */
  private get response(): { statusCode?: number; headersSent?: boolean } {
    if (this.context.getType() !== 'http') return {};
    const response = this.context.getArgByIndex<{ raw?: ServerResponse } & ServerResponse>(1);
    return response.raw ?? response;
  }
}

/** Reports the logins that routes make. One for all applications: it knows none, and finds that of the request. */
export const loginInterceptor: NestInterceptor = {
  intercept(context, route) {
    const request = requestIn(context);
    return request ? new RoutedLogin(request, context).handle(route) : route.handle();
  },
};
