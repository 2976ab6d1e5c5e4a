import type { SlowPath } from '../connection/slow-path.js';
import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { Receiver } from '../message/message.js';
import type { Muting } from './muting.js';

interface StandIn {
  readonly uid: string;
  readonly receiver: Receiver<never>;
}

/** The receivers of a whole application that are muted, or replaced by others, for a while. */
export class Overrides {
  private readonly mutings = new Set<Muting>();
  private standIns: readonly StandIn[] = [];

  constructor(private readonly slowPath: SlowPath) {}

  /** @returns what ends it. */
  mute(muting: Muting): () => void {
    this.mutings.add(muting);
    this.slowPath.require();
    return () => {
      if (this.mutings.delete(muting)) this.slowPath.release();
    };
  }

  /**
   * Calls `receiver` instead of those with this uid; the latest of several.
   *
   * @returns what ends it.
   */
  replace(uid: string, receiver: Receiver<never>): () => void {
    const standIn = { uid, receiver };
    this.standIns = [...this.standIns, standIn];
    this.slowPath.require();
    return () => {
      if (!this.standIns.includes(standIn)) return;
      this.standIns = this.standIns.filter(other => other !== standIn);
      this.slowPath.release();
    };
  }

  covers(channel: Channel, record: ConnectionRecord): boolean {
    for (const muting of this.mutings) if (muting.covers(channel, record)) return true;
    return false;
  }

  standInFor(record: ConnectionRecord): Receiver<never> | undefined {
    return this.standIns.length === 0 ? undefined : this.standIns.findLast(({ uid }) => uid === record.uid)?.receiver;
  }
}
