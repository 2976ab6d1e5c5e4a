import { Inject, Injectable } from '@nestjs/common';
import { type Channel, counted, type SignalClass, SignalRegistry } from '../core/index.js';
import { LINKS, type Room, type RoomLink, ROOMS } from './room.js';

/** The built-in signals that are never sent in this application, with their reasons; known once it has started. */
@Injectable()
export class UnsentSignals {
  constructor(
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(ROOMS) private readonly rooms: readonly Room[],
    @Inject(LINKS) private readonly links: readonly (RoomLink | undefined)[],
  ) {}

  /** Returns why a signal is never sent; undefined for a signal that can be sent. */
  reason(signal: SignalClass): string | undefined {
    const at = this.rooms.findIndex(({ signals }) => (signals as readonly SignalClass[]).includes(signal));
    if (at < 0) return undefined;
    const link = this.links[at];
    return !link || link.isIdle ? this.rooms[at]!.needs : this.registry.sources.of(signal)?.lacks?.(signal);
  }

  /** The receivers that are never called, each as a line of the log. */
  get warnings(): string[] {
    return this.received.flatMap(channel => {
      const because = this.reason(channel.signal) ?? this.lacksProvider(channel);
      if (!because) return [];
      const { name, records } = channel;
      return [...records].map(
        ({ uid }) => `${uid} receives ${name}, which nothing in this application sends: ${because}.`,
      );
    });
  }

  /** The numbers of receivers and signals that were found, as a line of the log. */
  get summary(): string {
    const receivers = new Set(this.received.flatMap(({ records }) => [...records].map(({ uid }) => uid)));
    return `${counted(receivers.size, 'receiver')} of ${counted(this.received.length, 'signal')} found`;
  }

  get lines(): string[] {
    return this.received.flatMap(({ name, records }) =>
      [...records].map(({ uid, terms }) => `${uid} receives ${name}, ${terms.delivery.name}`),
    );
  }

  /** The signals that have receivers. */
  private get received(): Channel[] {
    return [...this.registry.channels].filter(({ isEmpty }) => !isEmpty);
  }

  /** Returns what is missing if no module provides a signal of the application's own, so that it cannot be injected. */
  private lacksProvider({ isProvided, signal }: Channel): string | undefined {
    const isBuiltIn = this.rooms.some(({ signals }) => (signals as readonly SignalClass[]).includes(signal));
    if (isBuiltIn || isProvided) return undefined;
    return `no module provides it, as SignalsModule.forFeature([${signal.name}]) does`;
  }
}
