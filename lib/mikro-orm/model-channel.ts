import { type Channel, deliver, type Scope, Sending, type SignalClass, type SignalRegistry } from '../core/index.js';

/** One model signal, as flushes send it. */
export class ModelChannel {
  private readonly channel: Channel;

  constructor(
    private readonly registry: SignalRegistry,
    signal: SignalClass,
  ) {
    this.channel = registry.channel(signal);
  }

  /** Whether a send might be heard by anybody. */
  get isOpen(): boolean {
    return !this.channel.isEmpty || this.registry.startup.isUnsettled;
  }

  /** Calls the receivers of one entity class; undefined, and no payload made, when there are none. */
  tell(sender: object, payload: () => object, scope: Scope): Promise<unknown> | undefined {
    const isHeard = this.registry.startup.isUnsettled || this.channel.list(sender).records.length > 0;
    return isHeard ? deliver(new Sending(this.channel, sender, payload(), {}, scope)) : undefined;
  }
}
