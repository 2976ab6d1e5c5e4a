import type { Channel } from '../connection/channel.js';
import type { SignalLog } from '../message/log.js';

/** Warns, once for each signal, of sends after the receivers of an application have been disconnected. */
export class LateSends {
  private readonly disconnected = new Set<Channel>();

  constructor(private readonly log: () => SignalLog) {}

  /** The receivers of these signals are being disconnected. */
  begin(channels: Iterable<Channel>): void {
    for (const channel of channels) this.disconnected.add(channel);
  }

  /** A signal without receivers is being sent. */
  check(channel: Channel): void {
    if (this.disconnected.delete(channel)) this.log().sentTooLate?.(channel.name);
  }
}
