import { type Channel, deliver, deliverSync, deliverWithin, type Scope, Sending } from '../core/index.js';

/** A model signal in one application, as the code that watches MikroORM sends it. */
export class ModelChannel {
  private readonly registry = this.channel.registry;

  constructor(private readonly channel: Channel) {}

  /** How many rounds of receivers may follow from one another. */
  get maxDepth(): number {
    return this.registry.nesting.maxDepth;
  }

  /** Returns whether a send, of this entity class or of any, may have a receiver. If not, it needs no payload. */
  hasAudience(sender?: object): boolean {
    if (this.registry.startup.isUnsettled) return true;
    return this.channel.hasAudience(sender);
  }

  /** Returns whether a send of this entity class has receivers, all of them after COMMIT. */
  waitsForCommit(sender: object): boolean {
    return this.channel.lists.fastInScopeOf(sender)?.waitsForCommit === true;
  }

  /** @returns a promise to await; undefined when every receiver has answered. */
  send(sender: object, payload: object, scope: Scope): Promise<unknown> | undefined {
    return deliverWithin(scope, this.channel, sender, payload);
  }

  /** Sends where no caller may get an error: it is logged, whether a receiver failed or none could be called. */
  async sendRobust(sender: object, payload: object, scope: Scope): Promise<void> {
    try {
      if (this.hasAudience(sender)) await deliver(new Sending(this.channel, sender, payload, undefined, scope), true);
    } catch (error) {
      if (!this.registry.startup.hasFailedWith(error)) this.registry.log.notSent?.(this.channel.name, error);
    }
  }

  /** Sends where no caller can wait. */
  sendSync(sender: object, payload: object, scope: Scope): void {
    deliverSync(new Sending(this.channel, sender, payload, {}, scope));
  }
}
