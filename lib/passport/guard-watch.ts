import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { foreign } from '../nest/index.js';
import { GuardRun } from './guard-run.js';
import { applicationOf, requestIn, type AttachedApplication } from './attached-request.js';
import { watchCall } from './watched-call.js';

/** The guards that `AuthGuard()` of @nestjs/passport makes. */
export interface PassportGuard extends CanActivate {
  readonly options?: { readonly property?: string };
  handleRequest(...outcome: unknown[]): unknown;
  logIn(request: object): Promise<void>;
  getAuthenticateOptions(context: ExecutionContext): unknown;
}

const METHODS = ['canActivate', 'handleRequest', 'logIn', 'getAuthenticateOptions'];

export function isPassportGuard(guard: unknown): guard is PassportGuard {
  return METHODS.every(method => foreign.isMethod(guard, method));
}

/**
 * Makes a guard the end of an attempt to log in: only there it is known what became of all that it has asked, and
 * only what a guard throws can be replaced in time.
 *
 * @param application - where the context of a guard does not show a request, it is one of this application.
 * @param guard - an instance, or the prototype of guards that are made for each request. Objects without a class, as
 *   tests put in the place of guards, and frozen ones stay as they are.
 */
export function watchGuard(application: AttachedApplication, guard: CanActivate): void {
  if (!isWatchable(guard)) return;
  const isOfPassport = isPassportGuard(guard);
  watchCall(guard, 'canActivate', canActivate => {
    return function (this: CanActivate, context: ExecutionContext) {
      const request = requestIn(context);
      if (!request && context.getType() === 'http') return canActivate.call(this, context);
      const property = isOfPassport ? ((this as PassportGuard).options?.property ?? 'user') : undefined;
      const { attempts } = (applicationOf(request) ?? application).auth;
      return new GuardRun(attempts, context, request, property).pass(() => canActivate.call(this, context));
    };
  });
  if (isOfPassport) watchHandling(application, guard);
}

/** Several fields of a GraphQL request leave their user in one place, so it is taken from where it comes from. */
function watchHandling(application: AttachedApplication, guard: PassportGuard): void {
  watchCall(guard, 'handleRequest', handleRequest => {
    return function (this: unknown, ...outcome) {
      const user = handleRequest.apply(this, outcome);
      const context = outcome[3] as ExecutionContext | undefined;
      const { auth } = applicationOf(context && requestIn(context)) ?? application;
      const attempt = auth.attempts.around();
      if (attempt) attempt.handled = { user };
      return user;
    };
  });
}

function isWatchable(guard: object): boolean {
  const prototype = foreign.prototypeOf(guard);
  const isOfClass = prototype !== Object.prototype || Object.hasOwn(guard, 'constructor');
  return prototype !== undefined && isOfClass && foreign.isMethod(guard, 'canActivate') && Object.isExtensible(guard);
}
