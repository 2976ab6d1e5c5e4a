import type { ServerResponse } from 'node:http';
import { type FastifyReply, type HttpAdapter, type Middleware, RequestSlot } from '../nest/index.js';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';

/** The entry of requests to an HTTP server, before the application's own middleware. */
export class HttpEntry {
  private readonly slot: RequestSlot | undefined;

  constructor(
    private readonly watch: RequestWatch,
    private readonly adapter: HttpAdapter,
  ) {
    if (adapter.getType() === 'fastify') this.slot = new RequestSlot(adapter, this.enterFastify);
    else adapter.use(this.enter);
  }

  /** Settles whether requests are watched, before Nest registers the routes. */
  configure(): void {
    const { adapter, slot, watch } = this;
    const { requests, registry } = watch.application;
    if (!watch.isOn) return slot?.leave();
    registry.contexts.readsRequests = true;
    // Another hook may take the slot.
    if (slot) adapter.getInstance().addHook('onRequest', this.enterFastify);
    // Middleware of `main.ts` may call back from anywhere.
    if (adapter.getType() !== 'express') return;
    adapter.use((error, request, response, next) => requests.enter(request, response, () => next(error)));
  }

  bootstrap(): void {
    if (this.watch.isOn) this.slot?.take();
  }

  private readonly enter: Middleware = (request, response, next) => {
    const { adapter, watch } = this;
    const watched = watch.open(request, adapter.constructor as ServerClass);
    if (!watched) return next();
    const { requests } = watch.application;
    // Serverless adapters emit no 'close', and `inject()` of Fastify emits it before its response says that it is finished.
    response.on('finish', () => watched.finish(isReset(response), response.statusCode));
    response.on('close', () => watched.finish(!isAnswered(response), response.statusCode));
    const goOn = (error?: unknown) => next(error);
    requests.enter(request, response, () => {
      if (watch.sends.started.hasAudience()) watched.start().then(() => goOn(), goOn);
      else next();
    });
  };

  private readonly enterFastify = (request: object, { raw }: FastifyReply, done: (error?: unknown) => void): void =>
    this.enter(request, raw, done);
}

function isAnswered(response: Partial<ServerResponse>): boolean {
  return (response.writableFinished ?? response.writableEnded ?? false) && !isReset(response);
}

/** HTTP/2 says that a response is finished when the client has given it up, too (Node 24). */
function isReset(response: object): boolean {
  const { stream } = response as { readonly stream?: { readonly rstCode?: number } };
  return (stream?.rstCode ?? 0) !== 0;
}
