import { credentialsOf, turnsAway } from './credentials.js';
import { holdResponse } from './held-response.js';
import { strategyName } from './login-strategies.js';
import { ownerOf, type RequestOwner, responseOf } from './owned-request.js';
import type { RequestLogins } from './request-logins.js';
import { watchCall } from './watched-call.js';

/** A Passport strategy. For each attempt Passport makes an object on top of it, with calls for the outcome. */
export interface Strategy {
  authenticate(this: unknown, request: object, options?: object): unknown;
}

/** What Passport wants to be told of an attempt. */
interface Outcome {
  success: (user: object, info?: unknown) => unknown;
  fail: (challenge?: unknown, status?: unknown) => unknown;
  error: (reason: unknown) => unknown;
}

/** Lets the application whose request it is know what a strategy decides. */
export function watchStrategy(strategy: Strategy): void {
  watchCall(strategy, 'authenticate', authenticate => {
    return function (this: unknown, request, options) {
      const owner = ownerOf(request);
      if (owner) new Attempt(strategy, request, owner, options).watch(this as Outcome);
      return authenticate.call(this, request, options);
    };
  });
}

class Attempt {
  private readonly logins: RequestLogins;
  private readonly logsIn: boolean;
  private turn = 0;

  constructor(
    private readonly strategy: Strategy,
    private readonly request: object,
    private readonly owner: RequestOwner,
    options: object = {},
  ) {
    this.logins = owner.auth.of(request);
    // `passport.authorize()` adds an account to a user who is there already.
    this.logsIn = owner.logsIn(strategy) && !('assignProperty' in options);
  }

  watch(outcome: Outcome): void {
    // Another strategy matters only when it is asked after one that logs in has refused.
    if (!this.logsIn && !this.logins.refusal) return;
    const { success, fail, error } = outcome;
    this.turn = ++this.logins.turns;
    outcome.success = (user, info) => {
      this.succeed(user);
      return success.call(outcome, user, info);
    };
    outcome.fail = (challenge, status) => this.fail(challenge, () => fail.call(outcome, challenge, status));
    outcome.error = reason => this.error(reason, it => error.call(outcome, it));
  }

  private succeed(user: object): void {
    const { logins, request, owner } = this;
    logins.refusal = undefined;
    if (!this.logsIn) return;
    logins.candidate = { user, strategy: strategyName(this.strategy) };
    if (logins.isRouted) return;
    // No route will tell of a login through plain Passport middleware; the response shows whether it was one.
    const response = responseOf(request);
    response?.once('finish', () => {
      const { candidate } = logins;
      if (candidate && response.statusCode < 400) void owner.auth.loggedInAlready(request, candidate.user);
    });
  }

  private fail(challenge: unknown, goOn: () => unknown): unknown {
    const { logins } = this;
    const info = typeof challenge === 'number' ? undefined : challenge;
    if (this.logsIn) logins.refusal = { strategy: strategyName(this.strategy), info };
    if (logins.guards > 0) return goOn();
    const release = holdResponse(this.request);
    const decide = () => release(logins.turns === this.turn ? this.tell() : undefined);
    const result = goOn();
    // Passport has asked the next strategy by now, or else has answered; @fastify/passport asks a little later.
    if ('raw' in this.request) setImmediate(decide);
    else decide();
    return result;
  }

  private error(reason: unknown, goOn: (reason: unknown) => unknown): unknown {
    const { logins } = this;
    if (!turnsAway(reason)) logins.refusal = undefined;
    else if (this.logsIn) logins.refusal = { strategy: strategyName(this.strategy), error: reason };
    if (logins.guards > 0 || !logins.refusal) return goOn(reason);
    return this.tell().then(() => goOn(reason), goOn);
  }

  private async tell(): Promise<void> {
    const refusal = this.logins.takeRefusal();
    if (refusal) await this.owner.auth.loginFailed(credentialsOf(this.request), this.request, refusal);
  }
}
