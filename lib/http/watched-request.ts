import type { ControllerClass, ServerClass } from './request-signals.js';
import type { RequestSends } from './request-sends.js';
import { statusOf } from './status-of.js';

/** One request, from its first sign to the end of its response. */
export class WatchedRequest {
  private readonly sinceMs = performance.now();
  private readonly errors: unknown[] = [];
  /** The sends that `RequestFinished` comes after. */
  private sent: Promise<unknown> | undefined;
  private status = 200;
  private isFinished = false;

  constructor(
    private readonly sends: RequestSends,
    readonly request: object,
    private readonly server: ServerClass,
  ) {}

  /** Sends `RequestStarted`. Rejects with the error of a receiver, to be answered. */
  async start(): Promise<void> {
    const { sends, request, server } = this;
    const sent = sends.send(sends.started, server, { request });
    this.sent = sent;
    try {
      await sent;
    } finally {
      if (this.sent === sent) this.sent = undefined;
    }
  }

  /** Sends `RequestStarted` of a request that cannot be answered with an error. */
  startRobust(): Promise<void> {
    const { sends, request, server } = this;
    return sends.sendRobust(sends.started, server, { request });
  }

  fail(error: unknown, controller?: ControllerClass): void {
    const { sends, request } = this;
    if (this.errors.includes(error)) return;
    this.errors.push(error);
    this.status = statusOf(error);
    if (this.status < 500 || !sends.failed.hasAudience()) return;
    const sent = sends.sendRobust(sends.failed, controller, { request, error });
    this.sent = Promise.allSettled([this.sent, sent]);
  }

  /** Sends `RequestFinished`, at the first call only: several events may end a response. */
  finish(aborted: boolean, statusCode?: number): void {
    if (this.isFinished) return;
    this.isFinished = true;
    const { sends, request, server, sent } = this;
    const durationMs = performance.now() - this.sinceMs;
    const finished = { request, statusCode: statusCode ?? this.status, durationMs, aborted };
    const send = () => {
      if (sends.finished.hasAudience()) void sends.sendRobust(sends.finished, server, finished);
    };
    sends.application.requests.within(request, () => {
      if (sent) void Promise.allSettled([sent]).then(send);
      else send();
    });
  }
}
