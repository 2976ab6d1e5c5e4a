import { type Channel, deliver, send, Sending } from '../core/index.js';
import type { Application } from '../nest/index.js';
import { GotRequestException, RequestFinished, RequestStarted } from './request-signals.js';

/** Sends the signals of the requests of one application. */
export class RequestSends {
  readonly started: Channel = this.application.registry.channel(RequestStarted);
  readonly finished: Channel = this.application.registry.channel(RequestFinished);
  readonly failed: Channel = this.application.registry.channel(GotRequestException);

  constructor(readonly application: Application) {}

  get hasAudience(): boolean {
    return this.started.hasAudience() || this.finished.hasAudience() || this.failed.hasAudience();
  }

  /** Calls the receivers until one fails. Each has a unit of work of its own: there is none around them. */
  send(channel: Channel, sender: unknown, payload: object): Promise<unknown> {
    const { unitsOfWork } = this.application.registry;
    return unitsOfWork ? deliver(this.sending(channel, sender, payload)) : send(channel, sender, payload);
  }

  /** Calls every receiver; never rejects. */
  async sendRobust(channel: Channel, sender: unknown, payload: object): Promise<void> {
    try {
      await deliver(this.sending(channel, sender, payload), true);
    } catch (error) {
      this.application.registry.log.notSent?.(channel.name, error);
    }
  }

  private sending(channel: Channel, sender: unknown, payload: object): Sending {
    return new Sending(channel, sender, payload, {}, this.application.registry.unitsOfWork?.fresh());
  }
}
