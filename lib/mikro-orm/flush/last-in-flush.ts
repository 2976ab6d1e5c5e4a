import type { EventManager, EventSubscriber, FlushEventArgs } from '@mikro-orm/core';

/**
 * Is called by `onFlush` after all other subscribers, so that receivers see the changes of the application's own
 * subscribers to a flush, and no later one changes it.
 *
 * Subscribers are called in the order in which they were registered, and cannot be registered twice: when
 * another has come since, a new one takes the place.
 */
export class LastInFlush {
  private readonly inPlace = new WeakMap<EventManager, EventSubscriber>();
  private readonly own = new WeakSet<EventSubscriber>();

  constructor(private readonly onFlush: (args: FlushEventArgs) => Promise<void>) {}

  takePlace(hooks: EventManager): void {
    const last = [...hooks.getSubscribers()].findLast(hook => 'onFlush' in hook);
    if (last && last === this.inPlace.get(hooks)) return;
    // A transaction has its own copy of the subscribers.
    if (last && this.own.has(last)) return void this.inPlace.set(hooks, last);
    const next: EventSubscriber = {
      onFlush: async args => {
        if (this.inPlace.get(args.em.getEventManager()) === next) await this.onFlush(args);
      },
    };
    this.own.add(next);
    this.inPlace.set(hooks, next);
    hooks.registerSubscriber(next);
  }
}
