import type { Channel, TracingChannel } from 'node:diagnostics_channel';
import {
  observation,
  type ObservedAttempt,
  type ObservedDrop,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  type ObservedStoring,
} from '../../core/index.js';

/** Takes what is observed. Each method may fail: the application goes on, and something is not shown. */
export interface Watcher {
  sendBegins(send: ObservedSend): void;
  sendEnds(send: ObservedSend): void;
  skipped(skip: ObservedSkip): void;
  dropped(drop: ObservedDrop): void;
  callBegins(call: ObservedReceiver): void;
  callEnds(call: ObservedReceiver): void;
  stored(storing: ObservedStoring): void;
  attemptBegins(attempt: ObservedAttempt): void;
  attemptEnds(attempt: ObservedAttempt): void;
}

type Report = (message: unknown) => void;

/** Calls a watcher for what one application does, from now until it is disposed of. */
export class Watching implements Disposable {
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly registry: object,
    watcher: Watcher,
  ) {
    this.watchCalls(watcher);
    this.watchStored(watcher);
    // Last: while somebody is subscribed to it, sends are observed.
    this.trace<ObservedSend>(
      observation.send,
      one => one,
      one => watcher.sendBegins(one),
      one => watcher.sendEnds(one),
    );
  }

  private watchCalls(watcher: Watcher): void {
    this.trace<ObservedReceiver>(
      observation.receive,
      one => one.send,
      one => watcher.callBegins(one),
      one => watcher.callEnds(one),
    );
    this.subscribe<ObservedSkip>(
      observation.skip,
      one => one.send,
      one => watcher.skipped(one),
    );
    this.subscribe<ObservedDrop>(
      observation.drop,
      one => one.send,
      one => watcher.dropped(one),
    );
  }

  private watchStored(watcher: Watcher): void {
    this.trace<ObservedStoring>(
      observation.store,
      one => one,
      () => {},
      one => watcher.stored(one),
    );
    this.trace<ObservedAttempt>(
      observation.attempt,
      one => one,
      one => watcher.attemptBegins(one),
      one => watcher.attemptEnds(one),
    );
  }

  [Symbol.dispose](): void {
    for (const end of this.ends.splice(0)) end();
  }

  private trace<Observed extends object>(
    channel: TracingChannel<unknown, Observed>,
    ofApplication: (observed: Observed) => { readonly registry: object },
    begins: (observed: Observed) => void,
    ends: (observed: Observed) => void,
  ): void {
    this.subscribe(channel.start, ofApplication, begins);
    this.subscribe(channel.asyncEnd, ofApplication, ends);
    // What is synchronous has its result, or its error, by the time that it ends.
    this.subscribe<Observed>(channel.end, ofApplication, one => {
      if ('result' in one || 'error' in one) ends(one);
    });
  }

  private subscribe<Observed>(
    channel: Channel,
    ofApplication: (observed: Observed) => { readonly registry: object },
    report: (observed: Observed) => void,
  ): void {
    const safely: Report = message => {
      try {
        const observed = message as Observed;
        if (ofApplication(observed).registry === this.registry) report(observed);
      } catch {
        // What throws here would end the process.
      }
    };
    channel.subscribe(safely);
    this.ends.push(() => channel.unsubscribe(safely));
  }
}
