import 'reflect-metadata';
import { type AnyRequest, refuseStandardDecorator } from '../nest/index.js';

// What a route returns is known where the route is. `any`, so that it need not be written down again.
/** The options of `@LoginRoute()`. */
// oxlint-disable-next-line typescript/no-explicit-any
export interface LoginRouteOptions<Result = any> {
  /**
   * Returns the user who has logged in, from the request and the result of the route; nothing before a second factor, for
   * example. Default: `request.user`, or else the `user` of the result, with a warning if that is a plain object:
   * receivers get it with all that it holds, a token for example.
   */
  user?: (request: AnyRequest, result: Result) => object | null | undefined | Promise<object | null | undefined>;
}

/** The key is global so that two copies of the package in one application read each other's decorators. */
const LOGIN_ROUTE = Symbol.for('nestjs-signals:login-route');

/**
 * Makes a route that checks credentials itself, without Passport, one that logs in.
 *
 * If the method succeeds, `UserLoggedIn` is sent before the response; its error is answered instead. If the
 * method or a guard of the route refuses, with a 401 or a 403, `UserLoginFailed` is sent. Other errors, as of
 * a pipe that finds the body wrong, and `passport: false` send nothing.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as in LoginRouteOptions
export function LoginRoute<Result = any>(options: LoginRouteOptions<Result> = {}): MethodDecorator {
  return (_target, key, descriptor) => {
    refuseStandardDecorator('@LoginRoute', key);
    Reflect.defineMetadata(LOGIN_ROUTE, options, descriptor.value as object);
  };
}

/** Returns the options of `@LoginRoute()` on a method; undefined without it. */
export function loginRouteOf(method: object): LoginRouteOptions | undefined {
  return Reflect.getMetadata(LOGIN_ROUTE, method) as LoginRouteOptions | undefined;
}
