export { isReceived } from './is-received.js';
export { type Notes, notes } from './notes.js';
export { OnSignal, type ReceiverDecorator } from './on-signal.decorator.js';
export { checkOptionNames, checkRootOptions, ROOT_OPTION_NAMES, type RootOptions, SIGNALS_OPTIONS } from './options.js';
export type { RequestFrames } from './request-frames.js';
export { type Application, LINKS, type Room, type RoomLink } from './room.js';
export { SignalsLifecycle } from './signals-lifecycle.js';
export { SilentSignals } from './silent-signals.js';
export { signalsFeature, signalsRoot } from './signals-root.js';
