import { HttpAdapterHost, type ModuleRef } from '@nestjs/core';
import { ContextCell, type SignalRegistry } from '../core/index.js';
import type { RootOptions } from './options.js';

type Next = () => void;

/** The hooks of Fastify that are used here. */
interface FastifyLike {
  addHook(name: 'preValidation', hook: (request: object, reply: unknown, done: Next) => void): void;
}

/**
 * Lets what is sent in an HTTP request know the request: its receivers that are request-scoped, and the context
 * that `forRoot({ context })` reads from it.
 *
 * Entered after the application's own `app.use()` and before the routes; an application that needs neither pays
 * nothing.
 */
export class RequestFrames {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly registry: SignalRegistry,
    private readonly readContext: RootOptions['context'],
  ) {}

  /** Runs what comes after it within the request. */
  readonly enter = (request: object, _response: unknown, next: Next): void => {
    const { readContext } = this;
    const context = readContext && new ContextCell(() => readContext(request));
    this.registry.ambient.run({ request, context }, next);
  };

  /** Before Nest registers the routes. */
  install(): void {
    const adapter = this.moduleRef.get(HttpAdapterHost, { strict: false })?.httpAdapter;
    if (adapter?.getType() !== 'fastify') return void adapter?.use(this.enter);
    // Middleware of Fastify sees the raw request; its hooks see the one that Nest injects.
    adapter.getInstance<FastifyLike>().addHook('preValidation', this.enter);
  }
}
