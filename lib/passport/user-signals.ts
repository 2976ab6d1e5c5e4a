import type { InstanceOf, SenderShape } from '../core/index.js';
import { type AnyRequest, RequestSignal } from '../nest/index.js';

/** The class of the users of an application. */
export type UserClass = abstract new (...args: never[]) => object;

/** The payload of `UserLoggedIn`. */
export interface LoginPayload<User extends object = object> {
  /** The request, as the application knows it. */
  readonly request: AnyRequest;
  /** The user who has logged in. */
  readonly user: User;
  /** The name of the Passport strategy that let the user in; undefined for a login without one. */
  readonly strategy?: string;
}

/** The payload of `UserLoggedOut`. */
export interface LogoutPayload<User extends object | null = object | null> {
  /** The request, as the application knows it. */
  readonly request: AnyRequest;
  /** The user who has logged out; null if no user was logged in. */
  readonly user: User;
}

/** The payload of `UserLoginFailed`. */
export interface LoginFailedPayload {
  /** A copy of the credentials, with passwords, tokens and codes replaced by asterisks. */
  readonly credentials: Readonly<Record<string, unknown>>;
  /** The request, with the credentials unmasked; undefined if `AuthSignals.loginFailed()` was called without one. */
  readonly request?: AnyRequest;
  /** The name of the Passport strategy that refused. */
  readonly strategy?: string;
  /** The error that refused. */
  readonly error?: unknown;
  /** The message or challenge of the strategy with its refusal. */
  readonly info?: unknown;
}

interface LoginShape extends SenderShape<UserClass> {
  readonly payload: LoginPayload<InstanceOf<this['SenderFilter']>>;
}

interface LogoutShape extends SenderShape<UserClass> {
  readonly payload: LogoutPayload<
    unknown extends this['SenderFilter'] ? object | null : InstanceOf<this['SenderFilter']>
  >;
}

/**
 * Sent after a user has logged in: Django's `user_logged_in`. The sender is the user's class.
 *
 * It is sent once for each login, before the response: for a session when it holds the user, for a stateless login when
 * the route has succeeded. It is not sent for requests that only prove who they are, with a session or a token.
 *
 * An error refuses the login: the caller gets that very error, no session stays, `request.user` is unset, and the
 * headers and cookies of the response become what they were before the attempt. Behind guards for all routes, guards
 * of your own and Passport's middleware the filters of the application answer it, not those of the route.
 */
export class UserLoggedIn extends RequestSignal<LoginShape['payload'], UserClass, LoginShape> {}

/**
 * Sent when a user logs out: Django's `user_logged_out`. The sender is the user's class, undefined if no user was
 * logged in.
 *
 * It is sent when `logOut()` is called, while the user and the session are still there. The logout goes on even if a
 * receiver fails; its error goes to the callback of `logOut()`.
 */
export class UserLoggedOut extends RequestSignal<LogoutShape['payload'], UserClass | undefined, LogoutShape> {}
