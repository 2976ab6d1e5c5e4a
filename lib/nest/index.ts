export { OnSignal, type ReceiverDecorator } from './on-signal.decorator.js';
export { checkOptionNames } from './options.js';
export { type Application, LINKS, type Room, type RoomLink } from './room.js';
export { SIGNALS_OPTIONS, signalsFeature, signalsRoot } from './signals-root.js';
