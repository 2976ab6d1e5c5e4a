import type { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import { run } from './dispatch/dispatch.js';
import type { SignalClass } from './message/message.js';
import { NO_RECEIVERS, type ReceiverList } from './connection/receiver-list.js';
import type { Sending } from './dispatch/sending.js';
import type { DeferringApplication, DeferringDelivery } from './deferred/transaction.js';
import type { SignalSource } from './source.js';
import { SignalError } from './message/errors.js';

/** An application, as its start needs it. */
export interface StartingApplication extends DeferringApplication {
  /** Of a signal that no application has: what is connected there moves to the one that takes it. */
  readonly isProvisional: boolean;
}

type StartingChannel = Channel<StartingApplication>;

/**
 * An application while receivers come to life: between its first provider and its last, and again when a module
 * is loaded later.
 */
export class Startup {
  /** Not every provider has been made: who receives is not known yet, and neither is who could be refused. */
  isStarting = false;
  private failure: { readonly error: unknown } | undefined;
  private look = (): void => {};
  private readonly sources: SignalSource[] = [];
  private readonly early: { sending: Sending; called: readonly ConnectionRecord[] }[] = [];

  constructor(private readonly application: StartingApplication) {}

  /** @param look - connects the receivers that have come to life since. */
  begin(modules: { readonly size: number }, look: () => void): void {
    this.look = look;
    this.isStarting = true;
    this.application.attention.watch(modules);
    this.application.attention.add();
  }

  /** Whether receivers may have come to life that are not connected. */
  get isUnsettled(): boolean {
    return this.isStarting || this.application.attention.hasGrown;
  }

  /** Connects what has come to life. */
  catchUp(): void {
    if (this.isUnsettled) this.look();
  }

  /** Adds what sends built-in signals; from the start of the application on it may refuse connections. */
  addSource(source: SignalSource): void {
    this.sources.push(source);
  }

  sourceOf(signal: SignalClass): SignalSource | undefined {
    return this.sources.find(({ signals }) => signals.includes(signal));
  }

  /** Refuses a connection that its source could never call. Before the start, not every source is known. */
  check(channel: StartingChannel, record: ConnectionRecord): void {
    if (this.isStarting) return;
    checkDelivery(channel, record);
    this.sourceOf(channel.signal)?.check?.(channel, record);
  }

  /** Notifies the source of a signal that the signal has a receiver. */
  notifySource(channel: Channel): void {
    if (!this.isStarting) this.sourceOf(channel.signal)?.connected?.(channel);
  }

  /** Returns the receivers of this send, and keeps the send for receivers that are connected later in the start. */
  listFor(sending: Sending): ReceiverList {
    if (this.isStarting) {
      const list = this.listSoFar(sending);
      this.early.push({ sending, called: list.records });
      return list;
    }
    this.catchUp();
    return sending.channel.list(sending.sender);
  }

  /** The application does not start. Its sends are refused from now on, instead of reaching some receivers or none. */
  fail(error: unknown): void {
    this.failure ??= { error };
  }

  /** Whether this is the error of the start, which its caller reports. */
  hasFailedWith(error: unknown): boolean {
    return this.failure?.error === error;
  }

  /** Returns no receivers if one has a mistake, or its place depends on one that is not there: the start reports it later. */
  private listSoFar({ channel, sender }: Sending): ReceiverList {
    if (this.failure) throw this.failure.error;
    try {
      this.catchUp();
      return channel.list(sender);
    } catch {
      return NO_RECEIVERS;
    }
  }

  /** Every provider is there: what could never work is refused. */
  end(everyChannel: Iterable<StartingChannel>): void {
    for (const source of this.sources) source.start?.();
    const channels = [...everyChannel];
    for (const channel of channels) {
      channel.ordered();
      channel.settleSenders();
      for (const record of channel.records) {
        checkDelivery(channel, record);
        this.sourceOf(channel.signal)?.check?.(channel, record);
      }
    }
    this.isStarting = false;
    this.application.attention.remove();
    for (const channel of channels) if (channel.hasAudience()) this.notifySource(channel);
  }

  /** Sends the messages of the start to the receivers that were not there yet. */
  async sendEarlyMessages(): Promise<void> {
    for (const { sending, called } of this.early.splice(0)) {
      const { records } = sending.channel.list(sending.sender);
      sending.isLate = true;
      await run(
        sending,
        true,
        records.filter(record => !called.includes(record)),
      );
    }
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
      fix: delivery.needs.fix,
    });
  }
  delivery.check?.(channel, record);
}
