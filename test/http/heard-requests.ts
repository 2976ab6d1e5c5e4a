import { Injectable } from '@nestjs/common';
import {
  GotRequestException,
  type Message,
  OnSignal,
  type PayloadOf,
  RequestFinished,
  RequestStarted,
} from 'nestjs-signals';

type Signals = { started: RequestStarted; finished: RequestFinished; exception: GotRequestException };

interface Told<Name extends keyof Signals> {
  readonly signal: Name;
  readonly sender: unknown;
  readonly payload: PayloadOf<Signals[Name]>;
}

/** Writes down what the request signals tell, and objects when it is told to. */
@Injectable()
export class HeardRequests {
  readonly all: { readonly [Name in keyof Signals]: Told<Name> }[keyof Signals][] = [];
  /** Called when a signal has been written down; what it throws is thrown. */
  objection: { [Name in keyof Signals]?: (payload: Told<Name>['payload']) => unknown } = {};
  private waiting: (() => void)[] = [];

  get names(): string[] {
    return this.all.map(({ signal }) => signal);
  }

  of<Name extends keyof Signals>(signal: Name): Told<Name>[] {
    return this.all.filter(told => told.signal === signal) as unknown as Told<Name>[];
  }

  /** What was told since the last call. */
  take(): string[] {
    return this.all.splice(0).map(({ signal }) => signal);
  }

  /** When that many requests have been told of to their end. */
  async finished(count = 1): Promise<void> {
    while (this.of('finished').length < count) await new Promise<void>(resolve => this.waiting.push(resolve));
  }

  @OnSignal(RequestStarted)
  onStarted(payload: PayloadOf<RequestStarted>, { sender }: Message): unknown {
    this.all.push({ signal: 'started', sender, payload });
    return this.objection.started?.(payload);
  }

  @OnSignal(GotRequestException)
  onException(payload: PayloadOf<GotRequestException>, { sender }: Message): unknown {
    this.all.push({ signal: 'exception', sender, payload });
    return this.objection.exception?.(payload);
  }

  @OnSignal(RequestFinished)
  onFinished(payload: PayloadOf<RequestFinished>, { sender }: Message): unknown {
    this.all.push({ signal: 'finished', sender, payload });
    this.waiting.splice(0).forEach(resolve => resolve());
    return this.objection.finished?.(payload);
  }
}
