import {
  type Channel,
  type ConnectionRecord,
  SignalError,
  type SignalRegistry,
  type SignalSource,
} from '../core/index.js';
import { GotRequestException, RequestFinished, RequestStarted } from './request-signals.js';

export const REQUEST_SIGNALS = [RequestStarted, RequestFinished, GotRequestException];

/** Knows whether the requests of an application are watched. That is decided once, when it starts. */
export class RequestSource implements SignalSource {
  readonly signals = REQUEST_SIGNALS;
  isOn = false;
  private readonly channels: readonly Channel[];

  /** @param wanted - undefined: when somebody wants to know by then. */
  constructor(
    private readonly registry: SignalRegistry,
    private readonly wanted: boolean | undefined,
  ) {
    this.channels = REQUEST_SIGNALS.map(signal => registry.channel(signal));
  }

  get isWanted(): boolean {
    return this.channels.some(channel => channel.isWanted);
  }

  start(): void {
    this.isOn = this.wanted ?? this.isWanted;
  }

  lacks(): string | undefined {
    return this.isOn || this.registry.startup.isStarting
      ? undefined
      : 'nobody received it when the application started, without `http: true`';
  }

  /** Who is there when the application starts without requests being watched is warned instead. */
  check({ name }: Channel, record: ConnectionRecord): void {
    if (this.isOn || this.registry.startup.isStarting) return;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `Nobody received ${name} when the application started, so its requests are not watched.`,
      at: record.whereIn(name),
      fix: 'say `SignalsModule.forRoot({ http: true })`.',
    });
  }
}
