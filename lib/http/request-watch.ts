import { type Channel, type ConnectionRecord, SignalError, type SignalSource } from '../core/index.js';
import { type Application, privateField, rawOf } from '../nest/index.js';
import { GotRequestException, RequestFinished, RequestStarted, type ServerClass } from './request-signals.js';
import { RequestSends } from './request-sends.js';
import { WatchedRequest } from './watched-request.js';

export const REQUEST_SIGNALS = [RequestStarted, RequestFinished, GotRequestException];

/**
 * The requests of one application that signals are sent of: it decides once, when the application starts, whether they
 * are watched.
 */
export class RequestWatch implements SignalSource {
  readonly signals = REQUEST_SIGNALS;
  readonly sends = new RequestSends(this.application);
  isOn = false;
  private readonly watched = privateField<WatchedRequest>();

  /** @param option - undefined: on if a signal has a receiver by then. */
  constructor(
    readonly application: Application,
    readonly option: boolean | undefined,
  ) {}

  start(): void {
    this.isOn = this.option ?? this.sends.hasAudience;
  }

  lacks(): string | undefined {
    return this.isOn || this.application.registry.startup.isStarting
      ? undefined
      : 'it had no receiver when the application started, without `http: true`';
  }

  /** Refuses a receiver that comes too late; those that were there at start are warned about. */
  check({ name }: Channel, record: ConnectionRecord): void {
    if (this.lacks() === undefined) return;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `${name} had no receiver when the application started, so requests are not watched.`,
      at: record.whereIn(name),
      fix: 'write `SignalsModule.forRoot({ http: true })`.',
    });
  }

  /** Begins to watch a request; undefined if it is watched already, and while no signal of it has a receiver. */
  open(request: object, server: ServerClass): WatchedRequest | undefined {
    if (!this.isOn) return undefined;
    this.application.requests.findLateReceivers();
    const raw = rawOf(request);
    if (!this.sends.hasAudience || this.watched.of(raw)) return undefined;
    const watched = new WatchedRequest(this.sends, request, server);
    this.watched.keep(raw, watched);
    return watched;
  }

  /** Begins to watch a message, as the request that it has been entered as. */
  openMessage(message: object, server: ServerClass): WatchedRequest | undefined {
    return this.open(this.application.registry.contexts.current?.request ?? message, server);
  }

  /** The request that the code which is running serves. */
  get current(): WatchedRequest | undefined {
    const request = this.application.registry.contexts.current?.request;
    return request && this.watched.of(rawOf(request));
  }
}
