import type { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import type { SignalClass } from './message/message.js';

/** A room that sends built-in signals in this application. */
export interface SignalSource {
  readonly signals: readonly SignalClass[];
  /** Every provider of the application is there. */
  start?(): void;
  /** Returns the key that a sender is compared by in this application, if that is not the sender itself. */
  senderKey?(sender: unknown): unknown;
  /** Throws a coded error if a connection could never be called: a sender that sends nothing, a field that does not exist. */
  check?(channel: Channel, record: ConnectionRecord): void;
  /** Why one of the signals is never sent, although the room is at work. */
  lacks?(signal: SignalClass): string | undefined;
  /** A receiver was connected to one of the signals, or it is watched: its sender may start to work. Called again for the next. */
  connected?(channel: Channel): void;
}
