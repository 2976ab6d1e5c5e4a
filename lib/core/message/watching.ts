import type { Channel, TracingChannel } from 'node:diagnostics_channel';

/** Something observed, which names its application by itself or by its send. */
type Observed = { readonly registry: object } | { readonly send: { readonly registry: object } };

/** Looks at what is observed of one application, until it is disposed of. */
export class Watching implements Disposable {
  private readonly ends: (() => void)[] = [];

  /** @param failed - is given what a report throws, which would end the process. Default: it is left out. */
  constructor(
    private readonly registry: object,
    private readonly failed: (error: unknown) => void = () => {},
  ) {}

  /** Calls `begins` for what begins on a channel, and `ends` once it has its result or its error. */
  trace<One extends Observed>(
    channel: TracingChannel<unknown, One>,
    { begins, ends }: { begins: (one: One) => unknown; ends: (one: One) => unknown },
  ): void {
    this.ended(channel, ends);
    this.subscribe(channel.start, begins);
  }

  /** Calls `ends` for what has its result or its error. */
  ended<One extends Observed>(channel: TracingChannel<unknown, One>, ends: (one: One) => unknown): void {
    this.subscribe(channel.asyncEnd, ends);
    // What is synchronous has them by the time that it ends.
    this.subscribe<One>(channel.end, one => ('result' in one || 'error' in one) && ends(one));
  }

  subscribe<One extends Observed>(channel: Channel, report: (one: One) => unknown): void {
    const safely = (message: unknown) => void this.report(message as One, report);
    channel.subscribe(safely);
    this.until(() => channel.unsubscribe(safely));
  }

  /** Reports what is of this application. */
  report<One extends Observed, T>(one: One, report: (one: One) => T): T | undefined {
    try {
      const { registry } = 'send' in one ? one.send : one;
      return registry === this.registry ? report(one) : undefined;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Calls `end` when this is disposed of. */
  until(end: () => void): void {
    this.ends.push(end);
  }

  [Symbol.dispose](): void {
    for (const end of this.ends.splice(0)) end();
  }
}
