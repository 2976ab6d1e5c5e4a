import { Logger } from '@nestjs/common';
import { HttpAdapterHost, type ModuleRef } from '@nestjs/core';
import { frozenContext, type Frame, type SignalRegistry } from '../core/index.js';
import { notes } from './notes.js';
import { contextFrom, type RootOptions } from './options.js';

type Next = () => void;

/** What the code that is running here has nothing to do with. */
const NOWHERE: Frame = { context: undefined, muting: undefined, capture: undefined, path: undefined, cause: undefined };

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
  private readonly frames = notes<Frame>();
  private isInstalled = false;
  private mistake: string | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly registry: SignalRegistry,
    private readonly readContext: RootOptions['context'],
  ) {}

  /** Runs what comes after it within the request. */
  readonly enter = (request: object, _response: unknown, next: Next): void => {
    const { ambient } = this.registry;
    const here = ambient.current;
    if (here && here === this.frames.of(request)) return next();
    ambient.run(this.frameOf(request), () => {
      this.frames.keep(request, ambient.current!);
      next();
    });
  };

  /** Runs `call` in a request as it was when it was entered last, from wherever. */
  within<T>(request: object, call: () => T): T {
    return this.registry.ambient.run({ ...NOWHERE, ...(this.frames.of(request) ?? { request }) }, call);
  }

  /**
   * Connects the receivers of modules that were loaded since. A mistake in one is not about the request that happens
   * to come first: it is logged, once. Whoever sends is told.
   */
  findLateReceivers(): void {
    try {
      this.registry.startup.catchUp();
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.mistake) new Logger('Signals').error(message);
      this.mistake = message;
    }
  }

  /** Before Nest registers the routes. */
  install(): void {
    if (this.isInstalled) return;
    this.isInstalled = true;
    const adapter = this.moduleRef.get(HttpAdapterHost, { strict: false })?.httpAdapter;
    if (adapter?.getType() !== 'fastify') return void adapter?.use(this.enter);
    // Middleware of Fastify sees the raw request; its hooks see the one that Nest injects.
    adapter.getInstance<FastifyLike>().addHook('preValidation', this.enter);
  }

  private frameOf(request: object): Frame {
    const { readContext } = this;
    return readContext ? { request, context: () => frozenContext(contextFrom(readContext, request)) } : { request };
  }
}
