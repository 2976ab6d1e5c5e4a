import { Inject, Injectable } from '@nestjs/common';
import { type SignalClass, SignalRegistry } from '../core/index.js';
import { LINKS, type Room, type RoomLink, ROOMS } from './room.js';

/** Which built-in signals are never sent in this application, and why. Known once it has started. */
@Injectable()
export class SilentSignals {
  constructor(
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(ROOMS) private readonly rooms: readonly Room[],
    @Inject(LINKS) private readonly links: readonly (RoomLink | undefined)[],
  ) {}

  /** Undefined for a signal that can be sent. */
  reason(signal: SignalClass): string | undefined {
    const at = this.rooms.findIndex(({ signals }) => (signals as readonly SignalClass[]).includes(signal));
    if (at < 0) return undefined;
    const link = this.links[at];
    return !link || link.isIdle ? this.rooms[at]!.needs : this.registry.startup.sourceOf(signal)?.lacks?.(signal);
  }

  /** What nobody will be called for, as a log shows it. */
  get warnings(): string[] {
    return this.rooms.flatMap(({ signals }) =>
      signals.flatMap(signal => {
        const because = this.reason(signal);
        const { name, records } = this.registry.channel(signal);
        if (because === undefined) return [];
        return [...records].map(
          ({ uid }) => `${uid} receives ${name}, which nothing in this application sends: ${because}.`,
        );
      }),
    );
  }
}
