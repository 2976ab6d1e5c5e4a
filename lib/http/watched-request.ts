import type { ControllerClass, ServerClass } from './request-signals.js';
import type { RequestSends } from './request-sends.js';
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
    private readonly sends: RequestSends,
    readonly request: object,
    private readonly server: ServerClass,
  ) {}

  /** Rejects with the error of a receiver, which is what to answer. */
  async start(): Promise<void> {
    const { sends, request, server } = this;
    const telling = sends.send(sends.started, server, { request });
    this.telling = telling;
    try {
      await telling;
    } finally {
      if (this.telling === telling) this.telling = undefined;
    }
  }

  /** The same for a request that cannot be answered with an error. */
  startRobust(): Promise<void> {
    const { sends, request, server } = this;
    return sends.sendRobust(sends.started, server, { request });
  }

  fail(error: unknown, controller?: ControllerClass): void {
    const { sends, request } = this;
    if (this.errors.includes(error)) return;
    this.errors.push(error);
    this.status = statusOf(error);
    if (this.status < 500 || !sends.failed.isWanted) return;
    const telling = sends.sendRobust(sends.failed, controller, { request, error });
    this.telling = Promise.allSettled([this.telling, telling]);
  }

  /** The first call counts: several events may end a response. */
  finish(aborted: boolean, statusCode?: number): void {
    if (this.isFinished) return;
    this.isFinished = true;
    const { sends, request } = this;
    const durationMs = performance.now() - this.sinceMs;
    const finished = { request, statusCode: statusCode ?? this.status, durationMs, aborted };
    sends.application.requests.within(request, () => void this.tellFinished(finished));
  }

  private async tellFinished(finished: object): Promise<void> {
    const { sends, server } = this;
    if (this.telling) await Promise.allSettled([this.telling]);
    if (sends.finished.isWanted) await sends.sendRobust(sends.finished, server, finished);
  }
}
