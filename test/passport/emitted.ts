import { jest } from '@jest/globals';
import { ConsoleLogger, Injectable } from '@nestjs/common';
import {
  GotRequestException,
  type Message,
  OnSignal,
  RequestFinished,
  RequestStarted,
  UserLoggedIn,
  UserLoggedOut,
  UserLoginFailed,
} from 'nestjs-signals';
import { inspect } from 'node:util';
import { observation, type ObservedReceiver, type ObservedSend, type ObservedSkip } from '../../lib/core/index.js';

/** Every level, so that everything that is emitted is read. */
export const loudLogger = () =>
  new ConsoleLogger({ logLevels: ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'], colors: false });

/** Returns the text of a payload without its request, which is the application's own and unmasked. */
function shown(payload: object): string {
  const { request: _, ...rest } = payload as { request?: unknown };
  return `${inspect(rest, { depth: 20, showHidden: true })} ${JSON.stringify(rest)}`;
}

/** Records everything that receivers are given, and fails if it is broken. */
@Injectable()
export class Everything {
  readonly given: string[] = [];
  /** How many requests have ended. */
  finished = 0;
  private isBroken = false;

  reset(isBroken: boolean): void {
    this.given.length = this.finished = 0;
    this.isBroken = isBroken;
  }

  @OnSignal([UserLoggedIn, UserLoggedOut, UserLoginFailed, RequestStarted, RequestFinished, GotRequestException])
  receive(payload: object, { id, signal, sender, receiver, delivery, context, causedBy }: Message): void {
    const { name } = signal.constructor;
    if (signal instanceof RequestFinished) this.finished += 1;
    this.given.push(`${name} ${shown(payload)} ${inspect({ id, sender, receiver, delivery, context, causedBy })}`);
    const isAuth = name.startsWith('User');
    if (this.isBroken && isAuth) throw new Error('the receiver is broken');
  }

  @OnSignal(UserLoginFailed, { when: () => false })
  never(): void {}
}

/** The emitted texts: those written to a stream or a console, and those observed on a channel. */
export interface Emitted {
  readonly written: string;
  readonly observed: string;
}

/** Returns all texts that are written or can be observed while `run` runs, from any source. */
export async function emittedBy(run: () => Promise<void>): Promise<Emitted> {
  const observed: string[] = [];
  using _observing = observing(observed);
  const written: string[] = [];
  const write = (chunk: unknown) => {
    written.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map(stream => jest.spyOn(stream, 'write').mockImplementation(write));
  const consoles = (['log', 'warn', 'error', 'info', 'debug'] as const).map(name =>
    jest.spyOn(console, name).mockImplementation((...line) => void written.push(inspect(line, { depth: 20 }))),
  );
  await run().finally(() => [...spies, ...consoles].forEach(spy => spy.mockRestore()));
  return { written: written.join(''), observed: observed.join('\n') };
}

type Observed = Partial<ObservedSend & ObservedReceiver & ObservedSkip> & { error?: unknown; result?: unknown };

function observing(lines: string[]): Disposable {
  const note = (message: unknown) => {
    const { send = message as ObservedSend, receiver, delivery, because, error, result } = message as Observed;
    const { id, signal, sender, causedBy, payload } = send;
    const noted = { id, name: signal.constructor.name, sender, causedBy, receiver, delivery, because, error, result };
    lines.push(`${inspect(noted, { depth: 20 })} ${shown(payload)}`);
  };
  const hooks = { start: note, end: note, asyncStart: note, asyncEnd: note, error: note };
  const { send, receive, skip } = observation;
  for (const channel of [send, receive]) channel.subscribe(hooks);
  skip.subscribe(note);
  return {
    [Symbol.dispose]: () => {
      for (const channel of [send, receive]) channel.unsubscribe(hooks);
      skip.unsubscribe(note);
    },
  };
}
