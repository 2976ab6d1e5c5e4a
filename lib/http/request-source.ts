import {
  type Channel,
  type ConnectionRecord,
  SignalError,
  type SignalRegistry,
  type SignalSource,
} from '../core/index.js';
import { GotRequestException, RequestFinished, RequestStarted } from './request-signals.js';

export const REQUEST_SIGNALS = [RequestStarted, RequestFinished, GotRequestException];

/** The source of request signals: it decides once, when an application starts, whether requests are watched. */
export class RequestSource implements SignalSource {
  readonly signals = REQUEST_SIGNALS;
  isOn = false;
  private readonly channels: readonly Channel[];

  /** @param option - undefined: on if a signal has a receiver by then. */
  constructor(
    private readonly registry: SignalRegistry,
    private readonly option: boolean | undefined,
  ) {
    this.channels = REQUEST_SIGNALS.map(signal => registry.channel(signal));
  }

  get hasAudience(): boolean {
    return this.channels.some(channel => channel.hasAudience());
  }

  start(): void {
    this.isOn = this.option ?? this.hasAudience;
  }

  lacks(): string | undefined {
    return this.isOn || this.registry.startup.isStarting
      ? undefined
      : 'it had no receiver when the application started, without `http: true`';
  }

  /** Refuses a receiver that comes too late; those that were there at start are warned about. */
  check({ name }: Channel, record: ConnectionRecord): void {
    if (this.isOn || this.registry.startup.isStarting) return;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `${name} had no receiver when the application started, so requests are not watched.`,
      at: record.whereIn(name),
      fix: 'write `SignalsModule.forRoot({ http: true })`.',
    });
  }
}
