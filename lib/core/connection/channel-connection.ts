import type { Connection } from '../message/message.js';
import type { ConnectionRecord } from './connection.js';

/** A channel, as far as its connections need it. */
interface ConnectionHolder {
  /** The holder that its connections have moved to. */
  readonly successor: ConnectionHolder | undefined;
  has(record: ConnectionRecord): boolean;
  remove(record: ConnectionRecord): boolean;
}

/** A connection as the caller of `connect()` holds it. */
export class ChannelConnection implements Connection {
  constructor(
    private readonly holder: ConnectionHolder,
    private readonly record: ConnectionRecord,
    until?: AbortSignal,
  ) {
    if (until && !until.aborted) record.endWith(until, () => this.disconnect());
  }

  get uid(): string {
    return this.record.uid;
  }

  get connected(): boolean {
    return this.current.has(this.record);
  }

  disconnect(): boolean {
    return this.current.remove(this.record);
  }

  private get current(): ConnectionHolder {
    return this.holder.successor ?? this.holder;
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }
}
