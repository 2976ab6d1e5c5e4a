import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, type Observable } from 'rxjs';
import { requestIn } from './owned-request.js';
import { RoutedLogin } from './routed-login.js';

/** Tells of the login that a route makes, once the route has succeeded and before the response. */
class LoginInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, route: CallHandler): Observable<unknown> {
    const request = requestIn(context);
    if (!request) return route.handle();
    const login = new RoutedLogin(request, context);
    return route.handle().pipe(
      concatMap(async (result: unknown) => {
        await login.succeed(result);
        return result;
      }),
      catchError(async (error: unknown) => {
        await login.fail(error);
        throw error;
      }),
    );
  }
}

/** One for all applications: it knows none, and finds that of the request. */
export const loginInterceptor: NestInterceptor = new LoginInterceptor();
