import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, concatMap, from, Observable, of } from 'rxjs';
import { requestIn } from './attached-request.js';
import { RoutedLogin } from './routed-login.js';

/** Reports the login that a route makes, once the route has succeeded and before the response. */
class LoginInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, route: CallHandler): Observable<unknown> {
    const request = requestIn(context);
    if (!request) return route.handle();
    const login = new RoutedLogin(request, context);
    const beginning = login.begin();
    return beginning ? from(beginning).pipe(concatMap(() => this.handle(login, route))) : this.handle(login, route);
  }

  private handle(login: RoutedLogin, route: CallHandler): Observable<unknown> {
    const routed = login.isCurrent
      ? route.handle()
      : new Observable(observer => login.run(() => route.handle().subscribe(observer)));
    return routed.pipe(
      concatMap((result: unknown) => login.succeed(result)?.then(() => result) ?? of(result)),
      catchError(async (error: unknown) => {
        await login.fail(error);
        throw error;
      }),
    );
  }
}

/** One for all applications: it knows none, and finds that of the request. */
export const loginInterceptor: NestInterceptor = new LoginInterceptor();
