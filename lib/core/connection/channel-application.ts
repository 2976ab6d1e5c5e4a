import type { SignalClass } from '../message/message.js';
import type { Connectable } from './connect-options.js';
import type { ConnectionRecord } from './connection.js';
import type { SlowPath } from './slow-path.js';

/** An application, as far as its channels need it. */
export interface ChannelApplication {
  readonly slowPath: SlowPath;
  readonly sources: {
    of(signal: SignalClass): { senderKey?(sender: unknown): unknown } | undefined;
    /** Refuses a connection that could never be called. */
    check(channel: Connectable, record: ConnectionRecord): void;
    /** Notifies the source of a signal that the signal has a receiver. */
    notify(channel: Connectable): void;
  };
}
