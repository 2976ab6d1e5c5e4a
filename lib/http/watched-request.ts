import type { ControllerClass, ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';
import { statusOf } from './status-of.js';

/** One request, from its first sign to the end of its response. */
export class WatchedRequest {
  private readonly sinceMs = performance.now();
  private readonly errors: unknown[] = [];
  /** What `RequestFinished` comes after. */
  private telling: Promise<unknown> | undefined;
  private status = 200;
  private isFinished = false;

  constructor(
    private readonly watch: RequestWatch,
    readonly request: object,
    private readonly server: ServerClass,
  ) {}

  /** Rejects with the error of a receiver, which is what to answer. */
  async start(): Promise<void> {
    const { watch, request, server } = this;
    const telling = watch.tell(watch.started, server, { request });
    this.telling = telling;
    try {
      await telling;
    } finally {
      if (this.telling === telling) this.telling = undefined;
    }
  }

  /** The same for a request that cannot be answered with an error. */
  startRobust(): Promise<void> {
    const { watch, request, server } = this;
    return watch.tellRobust(watch.started, server, { request });
  }

  fail(error: unknown, controller?: ControllerClass): void {
    const { watch, request } = this;
    if (this.errors.includes(error)) return;
    this.errors.push(error);
    this.status = statusOf(error);
    if (this.status < 500 || !watch.failed.isWanted) return;
    const telling = watch.tellRobust(watch.failed, controller, { request, error });
    this.telling = Promise.allSettled([this.telling, telling]);
  }

  /** The first call counts: several events may end a response. */
  finish(aborted: boolean, statusCode?: number): void {
    if (this.isFinished) return;
    this.isFinished = true;
    const { watch, request } = this;
    const durationMs = performance.now() - this.sinceMs;
    const finished = { request, statusCode: statusCode ?? this.status, durationMs, aborted };
    watch.application.requests.within(request, () => void this.tellFinished(finished));
  }

  private async tellFinished(finished: object): Promise<void> {
    const { watch, server } = this;
    if (this.telling) await Promise.allSettled([this.telling]);
    if (watch.finished.isWanted) await watch.tellRobust(watch.finished, server, finished);
  }
}
