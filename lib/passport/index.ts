export { AuthSignals, UserLoginFailed } from './auth-signals.js';
export { LoginRoute, type LoginRouteOptions } from './login-route.decorator.js';
export { passportRoom } from './passport.room.js';
export type { PassportOptions } from './passport-options.js';
export {
  type LoginFailedPayload,
  type LoginPayload,
  type LogoutPayload,
  UserLoggedIn,
  UserLoggedOut,
} from './user-signals.js';
