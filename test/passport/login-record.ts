import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { type Message, OnSignal, type PayloadOf, UserLoggedIn, UserLoggedOut, UserLoginFailed } from 'nestjs-signals';
import { SignalRecord } from '../support/signal-record.js';

interface OfRequest {
  readonly request?: Request;
}

/** The auth signals that were sent. */
@Injectable()
export class LoginRecord extends SignalRecord<{
  in: PayloadOf<UserLoggedIn> & OfRequest;
  out: PayloadOf<UserLoggedOut> & OfRequest;
  failed: PayloadOf<UserLoginFailed> & OfRequest;
}> {
  @OnSignal(UserLoggedIn)
  onLoggedIn(payload: PayloadOf<UserLoggedIn>, message: Message): unknown {
    return this.record('in', payload, message);
  }

  @OnSignal(UserLoggedOut)
  onLoggedOut(payload: PayloadOf<UserLoggedOut>, message: Message): unknown {
    return this.record('out', payload, message);
  }

  @OnSignal(UserLoginFailed)
  onLoginFailed(payload: PayloadOf<UserLoginFailed>, message: Message): unknown {
    return this.record('failed', payload, message);
  }
}
