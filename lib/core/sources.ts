import type { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import type { DeferringApplication, DeferringDelivery } from './deferred/transaction.js';
import { SignalError } from './message/errors.js';
import type { SignalClass } from './message/message.js';

/** A room that sends built-in signals in this application. */
export interface SignalSource {
  readonly signals: readonly SignalClass[];
  /** Every provider of the application is there. */
  start?(): void;
  /** Returns the key that a sender is compared by in this application, if that is not the sender itself. */
  senderKey?(sender: unknown): unknown;
  /** Throws a coded error if a connection could never be called: a sender that sends nothing, a field that does not exist. */
  check?(channel: Channel, record: ConnectionRecord): void;
  /** Why one of the signals is never sent, although the room is at work. */
  lacks?(signal: SignalClass): string | undefined;
  /** A receiver was connected to one of the signals, or it is watched: its sender may start to work. Called again for the next. */
  connected?(channel: Channel): void;
}

/** An application, as its start needs it. */
export interface StartingApplication extends DeferringApplication {
  /** Whether no application has the signal yet: its connections move to the application that takes it. */
  readonly isProvisional: boolean;
}

export type StartingChannel = Channel<StartingApplication>;

/** The rooms that send built-in signals in one application. Before its start, not all of them are known. */
export class Sources {
  private readonly sources: SignalSource[] = [];

  constructor(private readonly startup: { readonly isStarting: boolean }) {}

  /** Adds what sends built-in signals; from the start of the application on it may refuse connections. */
  add(source: SignalSource): void {
    this.sources.push(source);
  }

  of(signal: SignalClass): SignalSource | undefined {
    return this.sources.find(({ signals }) => signals.includes(signal));
  }

  /** Starts them: every provider is there. */
  start(): void {
    for (const source of this.sources) source.start?.();
  }

  /** Refuses a connection that could never be called, once the application has started. */
  check(channel: StartingChannel, record: ConnectionRecord): void {
    if (!this.startup.isStarting) this.checkNow(channel, record);
  }

  checkNow(channel: StartingChannel, record: ConnectionRecord): void {
    checkDelivery(channel, record);
    this.of(channel.signal)?.check?.(channel, record);
  }

  /** Notifies the source of a signal that the signal has a receiver. */
  notify(channel: Channel): void {
    if (!this.startup.isStarting) this.of(channel.signal)?.connected?.(channel);
  }
}

/** Refuses a connection whose delivery this application does not have, or could not carry out. */
function checkDelivery(channel: StartingChannel, record: ConnectionRecord): void {
  const { registry, name } = channel;
  // Outside an application; it is asked again when the signal has one.
  if (registry.isProvisional) return;
  const delivery: DeferringDelivery = record.terms.delivery;
  if (delivery.needs && !registry.backends.has(delivery.needs.backend)) {
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `${record.uid} receives ${name} with the delivery '${delivery.name}', which this application does not have.`,
      at: record.whereIn(name),
      fix: channel.traits.deliveryFix?.() ?? delivery.needs.fix,
    });
  }
  delivery.check?.(channel, record);
}
