import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig, ExternalContextCreator, LazyModuleLoader, ModuleRef, ModulesContainer } from '@nestjs/core';
import { isObservable, Observable } from 'rxjs';
import { type AmbientContext, SignalRegistry } from '../../core/index.js';
import { hookRpc, hookSockets } from './message-hooks.js';
import { type HttpAdapter, onHttpAdapter } from './http-adapter.js';
import { injectionsOf } from '../injections.js';
import { privateField } from './private-field.js';
import { contextFrom, type RootOptions, SIGNALS_OPTIONS } from '../options.js';
import { RequestSlot } from './request-slot.js';
import { enterResolvers, hostsOfMessages } from './resolver-contexts.js';

/**
 * Lets what is sent in a request know it: its receivers that are request-scoped, and the context that
 * `forRoot({ context })` reads from it. A request is one of HTTP, or the message of a microservice or of a WebSocket.
 *
 * One of HTTP is entered after the application's own `app.use()` and before the routes; with Fastify before all
 * middleware.
 */
@Injectable()
export class RequestContexts {
  private readonly contexts = privateField<AmbientContext>();
  private readonly config = this.moduleRef.get(ApplicationConfig, { strict: false });
  private adapter: HttpAdapter | undefined;
  private slot: RequestSlot | undefined;
  private mistake: string | undefined;

  /** Hooks the HTTP adapter, messages and resolvers, before anything is bound to requests. */
  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(SIGNALS_OPTIONS) private readonly options: RootOptions,
  ) {
    onHttpAdapter(moduleRef, adapter => {
      this.adapter = adapter;
      if (adapter.getType() === 'fastify') this.slot = new RequestSlot(adapter, this.enter);
    });
    this.enterRpc();
    enterResolvers(registry.contexts, moduleRef.get(ExternalContextCreator, { strict: false }));
  }

  /** Middleware that runs everything after it within the request. */
  readonly enter = (request: object, _response: unknown, next: () => void): void => {
    const { contexts } = this.registry;
    if (!contexts.readsRequests) this.findLateReceivers();
    if (!contexts.readsRequests) return next();
    const here = contexts.current;
    // What is kept costs as much as entering: a context of the request alone can be made again.
    if (!here) return contexts.within(this.ambientOf(request), next);
    if (here.request === request) return next();
    contexts.run(this.ambientOf(request), () => {
      // It was entered just now.
      this.contexts.keep(request, contexts.current!);
      next();
    });
  };

  /** Makes a request known that does not come by HTTP. */
  private open(request: object, scope?: object): void {
    this.contexts.keep(request, { ...this.ambientOf(request), ...(scope && { scope }) });
  }

  /** Runs `call` in a request as it was when it was entered last, from wherever. */
  within<T>(request: object, call: () => T): T {
    return this.registry.contexts.within(this.contexts.of(request) ?? this.ambientOf(request), call);
  }

  /**
   * Connects the receivers of modules that were loaded since. A mistake in one has nothing to do with the request that
   * happens to come first: it is logged, once, and thrown at the next send.
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

  /** Hooks routes and gateways, before Nest registers them. A module that a request loads may need that very request. */
  install(): void {
    for (const { tokens } of injectionsOf(this.modules)) {
      if (tokens.includes(LazyModuleLoader)) this.registry.contexts.readsRequests = true;
    }
    this.enterSockets();
    // A body that is read leaves the request.
    if (this.slot) this.adapter?.getInstance().addHook('preValidation', this.enter);
    else this.adapter?.use(this.enter);
  }

  /**
   * Takes the place before all middleware of Fastify again if another hook has taken it; leaves it where no send of theirs
   * needs a request.
   */
  bootstrap(): void {
    if (this.registry.contexts.readsRequests || this.hasMiddleware) this.slot?.take();
    else this.slot?.leave();
  }

  /** Whether a module has middleware: receivers of what it sends may be loaded later, and need the request. */
  private get hasMiddleware(): boolean {
    return [...this.modules.values()].some(({ middlewares }) => middlewares.size > 0);
  }

  private enterRpc(): void {
    const hosts = hostsOfMessages(this.modules);
    hookRpc(this.config, (message, call) => {
      this.open(message, message.context && hosts.of(message.context));
      return new Observable(observer => this.within(message, () => call().subscribe(observer)));
    });
  }

  private enterSockets(): void {
    hookSockets(this.config, async (message, call) => {
      // Nest's request-scoped gateways are those of the client (12).
      this.open(message, message.client);
      const result = await this.within(message, call);
      if (!isObservable(result)) return result;
      return new Observable(observer => this.within(message, () => result.subscribe(observer)));
    });
  }

  private ambientOf(request: object): AmbientContext {
    const { context: read } = this.options;
    return read ? { request, context: () => contextFrom(read, request) } : { request };
  }
}
