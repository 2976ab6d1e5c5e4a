import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { SignalClass } from '../message/message.js';
import { isOrExtends } from '../message/sender.js';

/** A signal class, an abstract one for every signal that extends it, or the uid of a receiver. */
export type SignalOrUid = SignalClass | string;

/** One or several things to mute; `'all'` stands for everything. */
export type Mutable = SignalOrUid | readonly SignalOrUid[];

/** The receivers that are not called in a part of the program. */
export class Muting {
  private readonly muted: readonly SignalOrUid[];

  constructor(
    what: Mutable,
    private readonly except: readonly SignalOrUid[] = [],
    private readonly outer?: Muting,
  ) {
    this.muted = [what].flat();
  }

  covers(channel: Channel, record: ConnectionRecord): boolean {
    if (this.outer?.covers(channel, record)) return true;
    if (this.except.some(one => isMeant(one, channel, record))) return false;
    return this.muted.some(one => one === 'all' || isMeant(one, channel, record));
  }
}

/** A class means the signals that extend it, too. */
function isMeant(one: SignalOrUid, { signal }: Channel, { uid }: ConnectionRecord): boolean {
  return typeof one === 'string' ? one === uid : isOrExtends(signal, one);
}
