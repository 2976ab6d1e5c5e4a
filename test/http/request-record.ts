import { Injectable } from '@nestjs/common';
import {
  GotRequestException,
  type Message,
  OnSignal,
  type PayloadOf,
  RequestFinished,
  RequestStarted,
} from 'nestjs-signals';
import { SignalRecord } from '../support/signal-record.js';

/** The request signals that were sent. */
@Injectable()
export class RequestRecord extends SignalRecord<{
  started: PayloadOf<RequestStarted>;
  finished: PayloadOf<RequestFinished>;
  exception: PayloadOf<GotRequestException>;
}> {
  private waiting: (() => void)[] = [];

  /** Resolves when the end of that many requests has been reported. */
  async finished(count = 1): Promise<void> {
    while (this.of('finished').length < count) await new Promise<void>(resolve => this.waiting.push(resolve));
  }

  @OnSignal(RequestStarted)
  onStarted(payload: PayloadOf<RequestStarted>, message: Message): unknown {
    return this.record('started', payload, message);
  }

  @OnSignal(GotRequestException)
  onException(payload: PayloadOf<GotRequestException>, message: Message): unknown {
    return this.record('exception', payload, message);
  }

  @OnSignal(RequestFinished)
  onFinished(payload: PayloadOf<RequestFinished>, message: Message): unknown {
    this.waiting.splice(0).forEach(resolve => resolve());
    return this.record('finished', payload, message);
  }
}
