import type { SlowPath } from '../connection/slow-path.js';
import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { Receiver } from '../message/message.js';
import type { Muting } from './muting.js';

/** The receivers of a whole application that are muted, or replaced by others, for a while. */
export class Overrides {
  private readonly mutings = new Set<Muting>();
  private readonly standIns = new Set<{ readonly uid: string; readonly receiver: Receiver<never> }>();

  constructor(private readonly slowPath: SlowPath) {}

  /** @returns what ends it. */
  mute(muting: Muting): () => void {
    return this.keep(muting, this.mutings);
  }

  /**
   * Calls `receiver` instead of those with this uid; the latest of several.
   *
   * @returns what ends it.
   */
  replace(uid: string, receiver: Receiver<never>): () => void {
    return this.keep({ uid, receiver }, this.standIns);
  }

  private keep<One>(one: One, all: Set<One>): () => void {
    all.add(one);
    this.slowPath.require();
    return () => {
      if (all.delete(one)) this.slowPath.release();
    };
  }

  covers(channel: Channel, record: ConnectionRecord): boolean {
    return [...this.mutings].some(muting => muting.covers(channel, record));
  }

  standInFor(record: ConnectionRecord): Receiver<never> | undefined {
    if (this.standIns.size === 0) return undefined;
    return [...this.standIns].findLast(({ uid }) => uid === record.uid)?.receiver;
  }
}
