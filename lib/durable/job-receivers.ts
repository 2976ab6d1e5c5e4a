import { type Channel, type ConnectionRecord, SignalError } from '../core/index.js';

/** A receiver and the signal of what it is to be given. */
export interface JobReceiver {
  readonly channel: Channel;
  readonly record: ConnectionRecord;
}

/** The connections of one uid by the names of their signals: a stored message says by name which signal it is of. */
export class JobReceivers {
  private readonly bySignal = new Map<string, JobReceiver>();

  /**
   * Adds a signal, which may have several connections for different senders.
   *
   * @throws {SignalError} `SIGNAL_NAME_TAKEN` for a second signal of one name.
   */
  add(channel: Channel, record: ConnectionRecord): void {
    const known = this.of(channel.name);
    if (known && known.channel !== channel) throw sameName(channel.name, record);
    if (!known) this.bySignal.set(channel.name, { channel, record });
  }

  /** Returns the receiver of a signal; undefined if it does not receive the signal, or no longer does. */
  of(signal: string): JobReceiver | undefined {
    const received = this.bySignal.get(signal);
    return received?.channel.has(received.record) ? received : undefined;
  }

  get isConnected(): boolean {
    return [...this.bySignal.keys()].some(signal => this.of(signal));
  }

  protected get records(): ConnectionRecord[] {
    return [...this.bySignal.values()].map(({ record }) => record);
  }
}

function sameName(signal: string, record: ConnectionRecord): SignalError {
  return new SignalError('SIGNAL_NAME_TAKEN', {
    what: `The durable receiver ${record.uid} receives two signals of the name ${signal}, whose stored messages could not be distinguished.`,
    at: record.whereIn(signal),
    fix: `name one of them: static readonly signalName = 'orders.${signal}'; its messages that are stored already keep the old name.`,
  });
}
