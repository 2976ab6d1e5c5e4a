import { Logger } from '@nestjs/common';
import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import type { SignalRegistry } from '../core/index.js';
import { ConnectedClasses, type Found } from './connected-classes.js';
import type { NestModule, NestProvider } from './modules.js';
import { foreign } from './foreign-objects.js';
import { hiddenByProxy, refuseFactory, refuseUnprovided } from './lost-receivers.js';
import { isPromise } from 'node:util/types';

/**
 * Connects the decorated methods of the providers and controllers that have come to life.
 *
 * It is asked again while the application is being built, and when a module is loaded later. What it finds at
 * once is connected whole or not at all.
 */
export class ReceiverDiscovery {
  private readonly logger = new Logger('Signals');
  private readonly seen = new Set<NestProvider>();
  private readonly connected = new ConnectedClasses(this.registry);
  private readonly promised = new PromisedValues();

  constructor(
    private readonly modules: ModulesContainer,
    readonly registry: SignalRegistry,
  ) {
    registry.startup.begin(modules, () => this.discover());
  }

  /** Connects what has come to life. The application starts when it initialises; modules that are loaded later join it. */
  discover(initialising = false): void {
    const { slowPath, startup, channels } = this.registry;
    if (!startup.isUnsettled) return;
    // A start that fails undoes all.
    const before = startup.isStarting ? undefined : { seen: new Set(this.seen), connected: this.connected.mark() };
    try {
      const complete = [...this.modules.values()].map(module => this.discoverIn(module)).every(Boolean);
      if (startup.isStarting ? !initialising : !complete) return;
      slowPath.settle();
      if (startup.isStarting) startup.end(channels);
    } catch (error) {
      this.connected.undo(before?.connected);
      for (const provider of this.seen) if (!before?.seen.has(provider)) this.seen.delete(provider);
      throw error;
    }
  }

  /** @throws {SignalError} `NOT_A_RECEIVER` */
  refuseUnprovided(): void {
    refuseUnprovided(this.modules, prototype => this.connected.has(prototype));
  }

  /** Disconnects every receiver. Signals that are sent from now on are logged, since they have no receiver. */
  disconnect(): void {
    const { slowPath, channels, disconnected } = this.registry;
    for (const channel of channels) if (!channel.isEmpty) disconnected.add(channel);
    slowPath.require();
    this.connected.undo();
  }

  /** Whether every provider of the module is there. */
  private discoverIn(module: NestModule): boolean {
    const unseen = [...module.controllers.values(), ...module.providers.values()].filter(it => !this.seen.has(it));
    const alive = unseen.filter(isAlive);
    for (const provider of alive) {
      this.seen.add(provider);
      const found = this.find(provider, module);
      if (found) this.connected.connect(found, provider);
    }
    return alive.length === unseen.length;
  }

  private find(provider: NestProvider, module: NestModule): Found | undefined {
    if (isSingleton(provider)) {
      const instance = this.promised.instanceOf(provider, () => this.findLate(provider, module));
      const warning = hiddenByProxy(provider.token, instance, module.name);
      if (warning) this.logger.warn(warning);
      const prototype = typeof instance === 'object' ? foreign.prototypeOf(instance) : undefined;
      return prototype && { prototype, instance: instance as object, module };
    }
    if (provider.inject) {
      refuseFactory(provider.token, module.name);
      return undefined;
    }
    const prototype = provider.metatype?.prototype as object | undefined;
    return prototype && { prototype, instance: undefined, module };
  }

  /** A promised value is there: found with the others, or by itself where the application has started without it. */
  private findLate(provider: NestProvider, module: NestModule): void {
    this.seen.delete(provider);
    if (this.registry.startup.isStarting || this.registry.life.signal.aborted) return;
    const before = this.connected.mark();
    try {
      this.discoverIn(module);
    } catch (error) {
      this.logger.error((error as Error).message, (error as Error).stack);
    }
    const names = this.connected.namesSince(before);
    if (names.length === 0) return;
    this.logger.warn(
      `${String(provider.name)} is a promise that was kept after the start: ${names.join(', ')} did not receive ` +
        'what was sent until then. Use a factory instead of a value: Nest waits for what it makes.',
    );
  }
}

/**
 * `instance` of a provider that is still to be made is a bare object with the right prototype. `initTime` is set
 * when Nest has made a singleton (11 and 12; `nest/start-up.spec.ts` would notice if that changed); the others
 * are made when they are needed.
 */
function isAlive(provider: NestProvider): boolean {
  const isThere = provider.isNotMetatype || provider.initTime !== undefined || provider.token === ModuleRef;
  return isThere || !isSingleton(provider);
}

/** A dependency on the request is known once Nest has looked at the dependencies. */
function isSingleton(provider: NestProvider): boolean {
  return !provider.isTransient && provider.isDependencyTreeStatic();
}

/** Values of `useValue` that are promises: Nest awaits them only for classes that inject them. */
export class PromisedValues {
  private readonly values = new WeakMap<object, unknown>();

  /**
   * Returns the instance of a provider; undefined while it is promised.
   *
   * @param kept - called once, when the promise is kept. A broken one is left to Nest, which throws it at those who
   * inject it.
   */
  instanceOf(provider: { readonly instance: unknown }, kept: () => void): unknown {
    const { instance } = provider;
    if (!isPromise(instance)) return instance;
    if (this.values.has(provider)) return this.values.get(provider);
    this.values.set(provider, undefined);
    const keep = (value: unknown) => {
      this.values.set(provider, value);
      kept();
    };
    instance.then(keep, () => {});
    return undefined;
  }
}
