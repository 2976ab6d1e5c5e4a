import type { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import type { SignalClass } from './message/message.js';

/** A room that sends built-in signals in this application. */
export interface SignalSource {
  readonly signals: readonly SignalClass[];
  /** Every provider of the application is there. */
  start?(): void;
  /** What a sender is compared as in this application, where that is not the sender itself. */
  senderKey?(sender: unknown): unknown;
  /** Throws a coded error when a connection could never be called: a sender that is never sent, a field nobody has. */
  check?(channel: Channel, record: ConnectionRecord): void;
  /** Why one of the signals is never sent, although the room is at work. */
  lacks?(signal: SignalClass): string | undefined;
  /** Somebody hears, or watches, one of the signals: what sends it may be set to work. Told again for the next. */
  connected?(channel: Channel): void;
}
