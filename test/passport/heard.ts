import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { type Message, OnSignal, type PayloadOf, UserLoggedIn, UserLoggedOut, UserLoginFailed } from 'nestjs-signals';

type Signals = { in: UserLoggedIn; out: UserLoggedOut; failed: UserLoginFailed };

interface Told<Name extends keyof Signals> {
  readonly signal: Name;
  readonly sender: unknown;
  readonly payload: PayloadOf<Signals[Name]> & { readonly request?: Request };
}

/** Writes down what the auth signals tell, and objects when it is told to. */
@Injectable()
export class Heard {
  readonly all: { readonly [Name in keyof Signals]: Told<Name> }[keyof Signals][] = [];
  /** Called when a signal has been written down; what it throws is thrown. */
  objection: { [Name in keyof Signals]?: (payload: Told<Name>['payload']) => unknown } = {};

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

  @OnSignal(UserLoggedIn)
  onLoggedIn(payload: PayloadOf<UserLoggedIn>, { sender }: Message): unknown {
    this.all.push({ signal: 'in', sender, payload });
    return this.objection.in?.(payload);
  }

  @OnSignal(UserLoggedOut)
  onLoggedOut(payload: PayloadOf<UserLoggedOut>, { sender }: Message): unknown {
    this.all.push({ signal: 'out', sender, payload });
    return this.objection.out?.(payload);
  }

  @OnSignal(UserLoginFailed)
  onLoginFailed(payload: PayloadOf<UserLoginFailed>, { sender }: Message): unknown {
    this.all.push({ signal: 'failed', sender, payload });
    return this.objection.failed?.(payload);
  }
}
