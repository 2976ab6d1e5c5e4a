import { Logger } from '@nestjs/common';
import {
  ApplicationConfig,
  ExternalContextCreator,
  LazyModuleLoader,
  type ModuleRef,
  type ModulesContainer,
} from '@nestjs/core';
import { isObservable, Observable } from 'rxjs';
import { type AmbientContext, type SignalRegistry } from '../../core/index.js';
import { hookRpc, hookSockets } from './message-hooks.js';
import { type HttpAdapter, onHttpAdapter } from './http-adapter.js';
import { injectionsOf } from '../injections.js';
import { type PrivateField, privateField } from './private-field.js';
import { contextFrom, type RootOptions } from '../options.js';
import { RequestSlot } from './request-slot.js';
import { enterResolvers, hostsOfMessages } from './resolver-contexts.js';

type Next = () => void;

/**
 * Lets what is sent in a request know it: its receivers that are request-scoped, and the context that
 * `forRoot({ context })` reads from it. A request is one of HTTP, or the message of a microservice or of a WebSocket.
 *
 * One of HTTP is entered after the application's own `app.use()` and before the routes; with Fastify before all
 * middleware.
 */
export class RequestContexts {
  private readonly contexts = privateField<AmbientContext>();
  private isInstalled = false;
  private adapter: HttpAdapter | undefined;
  private slot: RequestSlot | undefined;
  private mistake: string | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly registry: SignalRegistry,
    private readonly readContext: RootOptions['context'],
  ) {}

  /** Middleware that runs everything after it within the request. */
  readonly enter = (request: object, _response: unknown, next: Next): void => {
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

  /** Hooks the HTTP adapter, messages and resolvers, before anything is bound to requests. */
  begin(modules: ModulesContainer): void {
    onHttpAdapter(this.moduleRef, adapter => {
      this.adapter = adapter;
      if (adapter.getType() === 'fastify') this.slot = new RequestSlot(adapter, this.enter);
    });
    this.enterRpc(hostsOfMessages(modules));
    enterResolvers(this.registry.contexts, this.moduleRef.get(ExternalContextCreator, { strict: false }));
  }

  /** Leaves the middleware of Fastify: none of its sends needs a request. */
  leaveMiddleware(): void {
    this.slot?.leave();
    this.slot = undefined;
  }

  /** Hooks routes and gateways, before Nest registers them. A module that a request loads may need that very request. */
  install(modules: ModulesContainer): void {
    for (const { tokens } of injectionsOf(modules)) {
      if (tokens.includes(LazyModuleLoader)) this.registry.contexts.readsRequests = true;
    }
    if (this.isInstalled) return;
    this.isInstalled = true;
    this.enterSockets();
    const { adapter } = this;
    if (adapter?.getType() !== 'fastify') return void adapter?.use(this.enter);
    // A body that is read leaves the request.
    adapter.getInstance().addHook('preValidation', this.enter);
  }

  /** Takes the place before all middleware again if another hook has taken it. */
  bootstrap(): void {
    this.slot?.take();
  }

  private enterRpc(hosts: PrivateField<object>): void {
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

  private get config(): ApplicationConfig {
    return this.moduleRef.get(ApplicationConfig, { strict: false });
  }

  private ambientOf(request: object): AmbientContext {
    const { readContext } = this;
    return readContext ? { request, context: () => contextFrom(readContext, request) } : { request };
  }
}
