import { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import { deliverRobust } from './dispatch.js';
import { consoleLog, type SignalLog } from './log.js';
import type { KnownEntityManager } from './message.js';
import type { SignalClass } from './payload.js';
import type { ReceiverList } from './receiver-list.js';
import type { Sending } from './sending.js';
import type { SignalSource } from './source.js';

/**
 * The signals of one application and what is connected to them. There is one per application, so two
 * applications in one process do not hear each other.
 */
export class SignalRegistry {
  /** Where failures that no caller is told of go. */
  log: SignalLog = consoleLog;
  /** The ambient EntityManager, once MikroORM is known. */
  currentEm: (() => KnownEntityManager | undefined) | undefined;
  /** Set while providers are still being made: connects the receivers that have come to life meanwhile. */
  discover: (() => void) | undefined;
  private readonly channels = new Map<SignalClass, Channel>();
  private readonly sources: SignalSource[] = [];
  private readonly early: { sending: Sending; told: readonly ConnectionRecord[] }[] = [];

  /** The channel of a signal class. It hears what is connected to the signals that the class extends. */
  channel(signal: SignalClass): Channel {
    const known = this.channels.get(signal);
    if (known) return known;
    const channel = new Channel(this, signal);
    for (const other of this.channels.values()) {
      if (other.signal.prototype instanceof signal) channel.extendedBy(other);
      if (signal.prototype instanceof other.signal) other.extendedBy(channel);
    }
    this.channels.set(signal, channel);
    return channel;
  }

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

  /** Who hears this send. While the application starts, the send is kept for those who are not there yet. */
  listFor(sending: Sending): ReceiverList {
    this.discover?.();
    const list = sending.channel.list(sending.sender);
    if (this.discover) this.early.push({ sending, told: list.records });
    return list;
  }

  /** Every provider is there: what could never be called is refused. */
  start(): void {
    for (const source of this.sources) source.start?.();
    for (const channel of this.channels.values()) {
      for (const record of channel.records) this.sourceOf(channel.signal)?.check?.(channel, record);
    }
    this.discover = undefined;
  }

  /** Tells those who were not there yet what was sent before the start. */
  async tellLatecomers(): Promise<void> {
    for (const { sending, told } of this.early.splice(0)) {
      const { records } = sending.channel.list(sending.sender);
      await deliverRobust(
        sending,
        records.filter(record => !told.includes(record)),
      );
    }
  }
}
