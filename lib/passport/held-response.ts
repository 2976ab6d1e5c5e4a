import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { logError } from '../nest/index.js';

/** Express's request. Express 4 and 5 answer the errors of `response.render()` through its `next` too. */
interface ExpressRequest {
  readonly res: ServerResponse;
  next(error: unknown): void;
}

/**
 * Holds back the answer to a request until receivers have run; their error is answered instead. Passport waits for
 * nobody when an attempt fails: it answers, redirects or calls back in the same breath.
 *
 * @returns what ends it. Only Express's responses can be held; elsewhere the error of a receiver is logged.
 */
export function holdResponse(request: object): (telling?: Promise<void>) => void {
  if (!isExpress(request)) return telling => void telling?.catch(logLate);
  const held = new HeldResponse(request);
  return telling => {
    if (telling)
      telling.then(
        () => held.open(),
        (error: unknown) => held.answer(error),
      );
    else held.open();
  };
}

class HeldResponse {
  private readonly response: ServerResponse;
  private readonly end: (...args: unknown[]) => ServerResponse;
  private readonly headers: readonly string[];
  private readonly statusCode: number;
  private readonly ended = Promise.withResolvers<void>();
  private answered: unknown[] | undefined;
  private isOpen = false;

  constructor(private readonly request: ExpressRequest) {
    this.response = request.res;
    ({ end: this.end } = this.response as unknown as { end: (...args: unknown[]) => ServerResponse });
    this.headers = this.response.getHeaderNames();
    this.statusCode = this.response.statusCode;
    this.response.end = (...args: unknown[]) => (this.isOpen ? this.end.apply(this.response, args) : this.keep(args));
  }

  /** Gives the answer that was held. */
  open(): void {
    this.isOpen = true;
    if (this.answered) this.end.apply(this.response, this.answered);
  }

  /** Gives another answer, once there is one to replace. */
  async answer(error: unknown): Promise<void> {
    await this.ended.promise;
    const { response } = this;
    if (response.headersSent) {
      logLate(error);
      return this.open();
    }
    this.isOpen = true;
    for (const name of response.getHeaderNames()) if (!this.headers.includes(name)) response.removeHeader(name);
    response.statusCode = this.statusCode;
    this.request.next(error);
  }

  private keep(args: unknown[]): ServerResponse {
    this.answered ??= args;
    this.ended.resolve();
    return this.response;
  }
}

function isExpress(request: object): request is ExpressRequest {
  const { res, next } = request as Partial<ExpressRequest>;
  return res !== undefined && typeof next === 'function';
}

function logLate(error: unknown): void {
  const what = 'A receiver of UserLoginFailed failed, and the response could not be changed any more';
  logError(new Logger('Signals'), what, error);
}
