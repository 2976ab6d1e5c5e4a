import { type Application, privateField, rawOf } from '../nest/index.js';
import type { ServerClass } from './request-signals.js';
import { RequestSends } from './request-sends.js';
import type { RequestSource } from './request-source.js';
import { WatchedRequest } from './watched-request.js';

/** The requests of one application that signals are sent of. */
export class RequestWatch {
  readonly sends: RequestSends;
  private readonly watched = privateField<WatchedRequest>();

  constructor(
    readonly application: Application,
    private readonly source: RequestSource,
  ) {
    this.sends = new RequestSends(application);
  }

  get isOn(): boolean {
    return this.source.isOn;
  }

  /** Begins to watch a request; undefined if it is watched already, and while no signal of it has a receiver. */
  open(request: object, server: ServerClass): WatchedRequest | undefined {
    if (!this.isOn) return undefined;
    this.application.requests.findLateReceivers();
    const raw = rawOf(request);
    if (!this.source.hasAudience || this.watched.of(raw)) return undefined;
    const watched = new WatchedRequest(this.sends, request, server);
    this.watched.keep(raw, watched);
    return watched;
  }

  /** The request that the code which is running serves. */
  get current(): WatchedRequest | undefined {
    const request = this.application.registry.contexts.current?.request;
    return request && this.watched.of(rawOf(request));
  }
}
