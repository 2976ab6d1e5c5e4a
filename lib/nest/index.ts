export { foreign } from './foreign-objects.js';
export { isReceived, receiverMethodsOf } from './receiver-methods.js';
export { ReceiverDiscovery } from './receiver-discovery.js';
export { injectionsOf } from './injections.js';
export { listOn, methodsOf, type NestModule, type NestProvider } from './modules.js';
export { logError } from './log-error.js';
export { OnSignal } from './on-signal.decorator.js';
export {
  CHECKED_BY_ROOM,
  contextFrom,
  forRootOptions,
  ROOT_OPTIONS,
  type RootOptions,
  SIGNALS_OPTIONS,
} from './options.js';
export {
  type FastifyReply,
  type HttpAdapter,
  type Middleware,
  onHttpAdapter,
  rawOf,
  type SendNext,
} from './requests/http-adapter.js';
export { hookRpc, hookSockets } from './requests/message-hooks.js';
export { privateField } from './requests/private-field.js';
export { type AnyRequest, RequestSignal } from './requests/request-signal.js';
export { RequestSlot } from './requests/request-slot.js';
export { type Application, linkOf, type Room, type RoomLink, ROOMS } from './room.js';
export { isSignalClass } from './signal-checks.js';
export { SignalsLifecycle } from './signals-lifecycle.js';
export { refuseStandardDecorator } from './standard-decorators.js';
export { type Telemetry, telemetryRoom } from './telemetry.room.js';
export { UnsentSignals } from './unsent-signals.js';
export { signalsFeature, signalsRoot } from './signals-root.js';
