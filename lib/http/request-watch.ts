import { Logger } from '@nestjs/common';
import { type Channel, deliver, Sending } from '../core/index.js';
import { type Application, logError, notes } from '../nest/index.js';
import { GotRequestException, RequestFinished, RequestStarted, type ServerClass } from './request-signals.js';
import type { RequestSource } from './request-source.js';
import { WatchedRequest } from './watched-request.js';

/** The requests of one application, and who is told of them. */
export class RequestWatch {
  readonly started: Channel;
  readonly finished: Channel;
  readonly failed: Channel;
  private readonly logger = new Logger('Signals');
  private readonly watched = notes<WatchedRequest>();

  constructor(
    readonly application: Application,
    private readonly source: RequestSource,
  ) {
    const { registry } = application;
    this.started = registry.channel(RequestStarted);
    this.finished = registry.channel(RequestFinished);
    this.failed = registry.channel(GotRequestException);
  }

  get isOn(): boolean {
    return this.source.isOn;
  }

  /** Undefined for a request that is watched already, and while nobody wants to know. */
  open(request: object, server: ServerClass): WatchedRequest | undefined {
    if (!this.isOn) return undefined;
    this.application.requests.findLateReceivers();
    const raw = rawOf(request);
    if (!this.source.isWanted || this.watched.of(raw)) return undefined;
    const watched = new WatchedRequest(this, request, server);
    this.watched.keep(raw, watched);
    return watched;
  }

  /** The request that the code which is running serves. */
  get current(): WatchedRequest | undefined {
    const request = this.application.registry.ambient.current?.request;
    return request && this.watched.of(rawOf(request));
  }

  /** Calls the receivers until one fails. Each has a unit of work of its own: there is none around them. */
  tell(channel: Channel, sender: unknown, payload: object): Promise<unknown> {
    return deliver(this.sending(channel, sender, payload));
  }

  /** Calls every receiver; never rejects. */
  async tellRobust(channel: Channel, sender: unknown, payload: object): Promise<void> {
    try {
      await deliver(this.sending(channel, sender, payload), true);
    } catch (error) {
      logError(this.logger, `${channel.name} could not be sent`, error);
    }
  }

  private sending(channel: Channel, sender: unknown, payload: object): Sending {
    return new Sending(channel, sender, payload, {}, this.application.registry.unitsOfWork?.fresh());
  }
}

/** Fastify's request and the one inside it are one. */
function rawOf(request: object): object {
  return (request as { raw?: object }).raw ?? request;
}
