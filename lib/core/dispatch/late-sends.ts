import type { Channel } from '../connection/channel.js';
import type { SignalLog } from '../message/log.js';

/** What is sent once the receivers of an application have been disconnected: it is said once for each signal. */
export class LateSends {
  private readonly silenced = new Set<Channel>();

  constructor(private readonly log: () => SignalLog) {}

  /** The receivers of these signals are being disconnected. */
  begin(channels: Iterable<Channel>): void {
    for (const channel of channels) this.silenced.add(channel);
  }

  /** Nobody receives what is being sent. */
  check(channel: Channel): void {
    if (this.silenced.delete(channel)) this.log().sentTooLate?.(channel.name);
  }
}
