import type { EventManager, EventSubscriber, FlushEventArgs } from '@mikro-orm/core';

/**
 * Hears `onFlush` after everybody else, so that receivers see what the application's own subscribers did to a
 * flush, and nobody changes it behind their backs.
 *
 * Subscribers are called in the order in which they were registered, and cannot be registered twice: when
 * another has come since, a new one takes the place.
 */
export class LastInFlush {
  private readonly inPlace = new WeakMap<EventManager, EventSubscriber>();
  private readonly own = new WeakSet<EventSubscriber>();

  constructor(private readonly onFlush: (args: FlushEventArgs) => Promise<void>) {}

  takePlace(events: EventManager): void {
    const last = lastOf(events);
    if (last && last === this.inPlace.get(events)) return;
    // A transaction has its own copy of the subscribers.
    if (last && this.own.has(last)) return void this.inPlace.set(events, last);
    const next: EventSubscriber = {
      onFlush: async args => {
        if (this.inPlace.get(args.em.getEventManager()) === next) await this.onFlush(args);
      },
    };
    this.own.add(next);
    this.inPlace.set(events, next);
    events.registerSubscriber(next);
  }
}

function lastOf(events: EventManager): EventSubscriber | undefined {
  return [...events.getSubscribers()].findLast(subscriber => 'onFlush' in subscriber);
}
