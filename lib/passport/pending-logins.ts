import type { AuthSignals } from './auth-signals.js';
import type { Login, LoginAttempt } from './login-attempt.js';
import { userOf } from './request-user.js';

/**
 * Reports the attempts of a request that neither a guard nor a route has reported, when it is about to be answered:
 * those of Passport's middleware, of guards for all routes, of a callback that was given to Passport. Waits for the report of a
 * route that has returned and answers by itself.
 *
 * @returns undefined when there are none. Rejects with the error of a receiver, to be answered.
 */
export function reportPending(request: object, auth: AuthSignals, statusCode: number): Promise<void> | undefined {
  const { pending, loggedIn } = auth.of(request);
  const { underWay } = loggedIn;
  if (pending.length + underWay.length === 0) return undefined;
  const report = async () => {
    await Promise.all(underWay);
    for (const attempt of pending) await reportOne(request, auth, attempt, statusCode < 400);
  };
  return report();
}

/** @param isServed - the answer is no error. */
async function reportOne(request: object, auth: AuthSignals, attempt: LoginAttempt, isServed: boolean): Promise<void> {
  const { failure, login } = attempt;
  if (failure) {
    if (isServed && auth.of(request).newUser) attempt.drop();
    else await auth.attemptFailed(request, attempt, failure);
  } else if (login) {
    const user = isServed ? userLetIn(request, login) : undefined;
    if (user) await auth.attemptSucceeded(request, attempt, user);
    else attempt.drop();
  }
}

/** Returns the user who is logged in if no watched guard knows; undefined if a guard's `handleRequest()` returned none. */
export function userLetIn(request: object, login: Login): object | undefined {
  if (login.property !== undefined) return login.user;
  const isByGuard = Object.hasOwn(request, 'authInfo') && (request as { authInfo?: unknown }).authInfo !== null;
  if (!isByGuard) return login.user;
  // `AuthGuard()` puts its user on the request, or on another property of it.
  return userOf(request) ?? (Object.values(request).includes(login.user) ? login.user : undefined);
}
