export {
  type Connection,
  type ConnectOptions,
  type Delivery,
  inline,
  type Message,
  payloadIs,
  type PayloadOf,
  type SendOptions,
  Signal,
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
export { SignalsModule, type SignalsModuleAsyncOptions, type SignalsModuleOptions } from './signals.module.js';
