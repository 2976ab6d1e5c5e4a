import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { foreign } from '../nest/index.js';
import type { AuthSignals } from './auth-signals.js';
import { credentialsOf, turnsAway } from './credentials.js';
import { loginRouteOf } from './login-route.decorator.js';
import { ownerOf, requestIn } from './owned-request.js';
import type { Refusal, RequestLogins } from './request-logins.js';
import { isBound } from './route-metadata.js';
import { watchCall } from './watched-call.js';

/** What `AuthGuard()` of @nestjs/passport makes. */
export interface PassportGuard extends CanActivate {
  readonly options?: { readonly property?: string };
  getRequest(context: ExecutionContext): object;
  handleRequest(...outcome: unknown[]): unknown;
  logIn(request: object): Promise<void>;
  getAuthenticateOptions(context: ExecutionContext): unknown;
}

export function isPassportGuard(guard: object | undefined): guard is PassportGuard {
  return ['handleRequest', 'logIn', 'getAuthenticateOptions'].every(method => foreign.isMethod(guard, method));
}

/**
 * Waits at the end of a guard until a failure has been told. Only there it is known what became of a chain of
 * strategies, and only what a guard throws can be replaced in time.
 */
export function watchGuard(guard: CanActivate): void {
  watchCall(guard, 'canActivate', canActivate => {
    return function (this: CanActivate, context: ExecutionContext) {
      const isPassport = isPassportGuard(this);
      const request = isPassport ? this.getRequest(context) : requestIn(context);
      const owner = ownerOf(request);
      if (!request || !owner) return canActivate.call(this, context);
      const property = isPassport ? (this.options?.property ?? 'user') : undefined;
      return new Passage(request, context, owner.auth, property).pass(() => canActivate.call(this, context));
    };
  });
}

/** One request on its way through a guard. */
class Passage {
  private readonly logins: RequestLogins;

  constructor(
    private readonly request: object,
    private readonly context: ExecutionContext,
    private readonly auth: AuthSignals,
    private readonly property: string | undefined,
  ) {
    this.logins = auth.of(request);
  }

  async pass(canActivate: () => ReturnType<CanActivate['canActivate']>): Promise<boolean> {
    const { logins } = this;
    logins.beginAttempt(this.context);
    logins.isRouted ||= isBound(this.context.getHandler());
    logins.guards++;
    let isAllowed: boolean;
    try {
      const answer = await canActivate();
      isAllowed = isObservable(answer) ? await lastValueFrom(answer) : answer;
    } catch (error) {
      logins.guards--;
      if (turnsAway(error) || logins.refusal) await this.refuse(error);
      logins.candidate = undefined;
      throw error;
    }
    logins.guards--;
    await (isAllowed ? this.admit() : this.refuse());
    return isAllowed;
  }

  private async admit(): Promise<void> {
    const { logins, property } = this;
    if (property === undefined) return;
    const user = (this.request as Record<string, object | undefined>)[property];
    if (logins.candidate && user) logins.candidate = { ...logins.candidate, user, property };
    // An optional guard lets those pass too whom its strategies refused.
    const refusal = logins.takeRefusal();
    if (refusal && !user) await this.tell(refusal);
  }

  private async refuse(error?: unknown): Promise<void> {
    const { logins } = this;
    const refusal = logins.takeRefusal();
    const candidate = logins.takeCandidate();
    if (refusal) return this.tell(refusal);
    const isAttempt = candidate !== undefined || loginRouteOf(this.context.getHandler()) !== undefined;
    // When a receiver refused, the login has been told of.
    if (isAttempt && logins.loggedIn.isNew) await this.tell({ strategy: candidate?.strategy, error });
  }

  private tell(refusal: Refusal): Promise<void> {
    return this.auth.loginFailed(credentialsOf(this.request), this.request, refusal);
  }
}
