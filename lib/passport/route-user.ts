import type { ExecutionContext } from '@nestjs/common';
import type { AuthSignals } from './auth-signals.js';
import { userOf } from './request-user.js';

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
