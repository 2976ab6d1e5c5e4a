import {
  type Channel,
  deliver,
  deliverSync,
  deliverWithin,
  type Scope,
  Sending,
  type SignalClass,
  type SignalRegistry,
} from '../core/index.js';

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
    return this.channel.isWanted || this.registry.startup.isUnsettled;
  }

  /** Whether a send of this entity class might be heard; no payload has to be made when it would not. */
  hears(sender: object): boolean {
    return this.registry.startup.isUnsettled || this.channel.wants(sender);
  }

  /** Whether a send of this entity class calls nobody before COMMIT, and somebody after it. */
  isKept(sender: object): boolean {
    return this.channel.shortList(sender)?.isKept === true;
  }

  /** @returns what is to be awaited; undefined when every receiver has answered. */
  tell(sender: object, payload: object, scope: Scope): Promise<unknown> | undefined {
    return deliverWithin(scope, this.channel, sender, payload);
  }

  /** The same where no caller may have an error: it is logged, whether a receiver has failed or none could be called. */
  async tellRobust(sender: object, payload: object, scope: Scope): Promise<void> {
    try {
      if (this.hears(sender)) await deliver(new Sending(this.channel, sender, payload, undefined, scope), true);
    } catch (error) {
      this.registry.log.notSent?.(this.channel.name, error);
    }
  }

  /** The same where nobody can wait. */
  tellSync(sender: object, payload: object, scope: Scope): void {
    deliverSync(new Sending(this.channel, sender, payload, {}, scope));
  }
}
