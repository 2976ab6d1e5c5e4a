export {
  type Connection,
  type ConnectOptions,
  type Delivery,
  type Explanation,
  inline,
  type Message,
  payloadIs,
  type PayloadOf,
  type ReceiverInfo,
  type SendOptions,
  Signal,
  type SignalContext,
  SignalError,
  type SignalErrorCode,
  SignalRegistry,
  type SignalResponse,
} from './core/index.js';
export {
  type Change,
  type Changes,
  type DeletePayload,
  type MikroOrmOptions,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  type SavePayload,
} from './mikro-orm/index.js';
export { OnSignal } from './nest/index.js';
export {
  AuthSignals,
  type LoginFailedPayload,
  type LoginPayload,
  LoginRoute,
  type LoginRouteOptions,
  type LogoutPayload,
  type PassportOptions,
  UserLoggedIn,
  UserLoggedOut,
  UserLoginFailed,
} from './passport/index.js';
export { SignalsModule, type SignalsModuleAsyncOptions, type SignalsModuleOptions } from './signals.module.js';
