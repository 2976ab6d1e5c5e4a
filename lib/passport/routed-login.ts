import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Logger } from '@nestjs/common';
import type { AuthSignals } from './auth-signals.js';
import { credentialsOf, turnsAway } from './credentials.js';
import { type LoginRouteOptions, loginRouteOf } from './login-route.decorator.js';
import { ownerOf } from './owned-request.js';
import type { RequestLogins } from './request-logins.js';
import { userOf } from './request-user.js';

/** One request to a route that logs in. */
export class RoutedLogin {
  private readonly auth: AuthSignals;
  private readonly logins: RequestLogins;
  private readonly route: LoginRouteOptions | undefined;

  constructor(
    private readonly request: object,
    private readonly context: ExecutionContext,
  ) {
    this.auth = ownerOf(request)!.auth;
    this.logins = this.auth.of(request);
    this.logins.beginAttempt(context);
    this.route = loginRouteOf(context.getHandler());
  }

  async succeed(result: unknown): Promise<void> {
    const { candidate } = this.logins;
    // One authentication is one login: a route may tell it itself, of a user that it has loaded anew.
    const { statusCode = 0, headersSent = false } = this.response;
    if (!this.logins.loggedIn.isNew || statusCode >= 400) return this.drop();
    const user = this.route?.user
      ? await this.route.user(this.request, result)
      : (candidate?.user ?? (this.route && this.foundUser(result)));
    if (!user) this.drop();
    else if (headersSent) await this.auth.loggedInAlready(this.request, user);
    else await this.auth.loggedIn(this.request, user);
  }

  async fail(error: unknown): Promise<void> {
    this.drop();
    if (!this.route || !turnsAway(error) || !this.logins.loggedIn.isNew) return;
    await this.auth.loginFailed(credentialsOf(this.request), this.request, { error });
  }

  private drop(): void {
    this.logins.candidate = undefined;
  }

  /** Nothing is known of it behind a GraphQL resolver. */
  private get response(): { statusCode?: number; headersSent?: boolean } {
    if (this.context.getType() !== 'http') return {};
    const response = this.context.switchToHttp().getResponse<{ raw?: ServerResponse } & ServerResponse>();
    return response.raw ?? response;
  }

  private foundUser(result: unknown): object | undefined {
    const user = userOf(this.request) ?? (result as { user?: object } | undefined)?.user;
    if (!user) {
      const { context } = this;
      new Logger('Signals').warn(
        `${context.getClass().name}.${context.getHandler().name} is a @LoginRoute() and nobody knows who has logged in: ` +
          `say it with @LoginRoute({ user: (request, result) => ... }).`,
      );
    }
    return user;
  }
}
