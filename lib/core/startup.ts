import type { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import { run } from './dispatch.js';
import type { SignalClass } from './payload.js';
import type { ReceiverList } from './receiver-list.js';
import type { Sending } from './sending.js';
import type { SignalSource } from './source.js';

/**
 * An application between its first provider and its last: who receives is not known yet, and neither is who
 * could be refused.
 */
export class Startup {
  /** Connects the receivers that have come to life; undefined once all have. */
  discover: (() => void) | undefined;
  private readonly sources: SignalSource[] = [];
  private readonly early: { sending: Sending; told: readonly ConnectionRecord[] }[] = [];

  /** Adds what sends built-in signals; from the start of the application on it may refuse connections. */
  addSource(source: SignalSource): void {
    this.sources.push(source);
  }

  sourceOf(signal: SignalClass): SignalSource | undefined {
    return this.sources.find(({ signals }) => signals.includes(signal));
  }

  /** Refuses a connection that its source could never call. Before the start, not every source is known. */
  check(channel: Channel, record: ConnectionRecord): void {
    if (!this.discover) this.sourceOf(channel.signal)?.check?.(channel, record);
  }

  /** Who hears this send. It is kept for those who are not there yet. */
  listFor(sending: Sending): ReceiverList {
    this.discover?.();
    const list = sending.channel.list(sending.sender);
    if (this.discover) this.early.push({ sending, told: list.records });
    return list;
  }

  /** Every provider is there: what could never work is refused. */
  end(channels: Iterable<Channel>): void {
    for (const source of this.sources) source.start?.();
    for (const channel of channels) {
      channel.ordered();
      for (const record of channel.records) this.sourceOf(channel.signal)?.check?.(channel, record);
    }
    this.discover = undefined;
  }

  /** Tells those who were not there yet what was sent before. */
  async tellLatecomers(): Promise<void> {
    for (const { sending, told } of this.early.splice(0)) {
      const { records } = sending.channel.list(sending.sender);
      await run(
        sending,
        true,
        records.filter(record => !told.includes(record)),
      );
    }
  }
}
