import { Logger } from '@nestjs/common';
import { type DiscoveryService, ModuleRef, type ModulesContainer } from '@nestjs/core';
import { type AnySignal, type Connection, REGISTRY, Signal, type SignalRegistry } from '../core/index.js';
import { foreign } from './foreign-objects.js';
import { checkSignalClass, checkSignalList } from './not-a-signal.js';
import { PromisedValues } from './promised-values.js';
import { callOn, type ReceiverCall, ResolvedCalls } from './receiver-call.js';
import { hiddenByProxy, refuseFactory, refuseUnprovided } from './lost-receivers.js';
import { type ReceiverMethod, receiverMethodsOf } from './receiver-methods.js';

type Provider = ReturnType<DiscoveryService['getProviders']>[number];
type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** A class with receivers, and the provider that it was found as. */
interface Found {
  readonly prototype: object;
  /** Undefined where each call has its own. */
  readonly instance: object | undefined;
  readonly module: Module;
}

/**
 * Connects the decorated methods of the providers and controllers that have come to life.
 *
 * It is asked again while the application is being built, and when a module is loaded later. What it finds at
 * once is connected whole or not at all.
 */
export class ReceiverDiscovery {
  private readonly logger = new Logger('Signals');
  private readonly seen = new Set<Provider>();
  private readonly classes = new Map<object, Found>();
  private readonly connections: Connection[] = [];
  private readonly promised = new PromisedValues();
  private readonly resolvedCalls: ResolvedCalls;

  constructor(
    private readonly modules: ModulesContainer,
    readonly registry: SignalRegistry,
  ) {
    this.resolvedCalls = new ResolvedCalls(registry.ambient);
    registry.startup.begin(modules, () => this.discover());
  }

  /** Whether a receiver that is known needs the request that it is called in. */
  get needsRequests(): boolean {
    return [...this.classes.values()].some(({ instance }) => instance === undefined);
  }

  /** Connects what has come to life. The application starts when it initialises; modules that are loaded later join it. */
  discover(initialising = false): void {
    const { attention, startup, channels } = this.registry;
    if (!startup.isUnsettled) return;
    const before = {
      seen: new Set(this.seen),
      classes: new Set(this.classes.keys()),
      connections: this.connections.length,
    };
    try {
      const complete = [...this.modules.values()].map(module => this.discoverIn(module)).every(Boolean);
      if (startup.isStarting ? !initialising : !complete) return;
      attention.settle();
      if (startup.isStarting) startup.end(channels);
    } catch (error) {
      this.undo(startup.isStarting ? { seen: new Set(), classes: new Set(), connections: 0 } : before);
      throw error;
    }
  }

  /** @throws {SignalError} `NOT_A_RECEIVER` */
  refuseUnprovided(): void {
    refuseUnprovided(this.modules, prototype => this.classes.has(prototype));
  }

  /** Disconnects every receiver. Signals that are sent from now on are logged, since they have no receiver. */
  disconnect(): void {
    const { attention, channels, lateSends } = this.registry;
    lateSends.begin([...channels].filter(({ isEmpty }) => !isEmpty));
    attention.add();
    for (const connection of this.connections.splice(0)) connection.disconnect();
  }

  private undo(before: { seen: Set<Provider>; classes: Set<object>; connections: number }): void {
    for (const connection of this.connections.splice(before.connections)) connection.disconnect();
    for (const provider of this.seen) if (!before.seen.has(provider)) this.seen.delete(provider);
    for (const prototype of this.classes.keys()) if (!before.classes.has(prototype)) this.classes.delete(prototype);
  }

  /** Whether every provider of the module is there. */
  private discoverIn(module: Module): boolean {
    const unseen = [...module.controllers.values(), ...module.providers.values()].filter(it => !this.seen.has(it));
    const alive = unseen.filter(isAlive);
    for (const provider of alive) {
      this.seen.add(provider);
      const found = this.find(provider, module);
      if (found) this.connectAll(found, provider);
    }
    return alive.length === unseen.length;
  }

  private find(provider: Provider, module: Module): Found | undefined {
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
  private findLate(provider: Provider, module: Module): void {
    this.seen.delete(provider);
    if (this.registry.startup.isStarting || this.registry.life.signal.aborted) return;
    const before = this.connections.length;
    try {
      this.discoverIn(module);
    } catch (error) {
      this.logger.error((error as Error).message, (error as Error).stack);
    }
    const names = new Set(this.connections.slice(before).map(({ uid }) => uid));
    if (names.size === 0) return;
    this.logger.warn(
      `${String(provider.name)} is a promise that was kept after the start: ${[...names].join(', ')} did not receive ` +
        'what was sent until then. Use a factory instead of a value: Nest waits for what it makes.',
    );
  }

  private connectAll(found: Found, provider: Provider): void {
    const { prototype, instance, module } = found;
    // A signal that a factory made has not been linked by injection.
    if (foreign.isInstanceOf(instance, Signal)) (instance as AnySignal)[REGISTRY] = this.registry;
    const methods = receiverMethodsOf(prototype);
    if (methods.length === 0 || this.isSecond(found)) return;
    this.classes.set(prototype, found);
    const moduleRef = module.providers.get(ModuleRef)?.instance as ModuleRef;
    const scoped = { moduleRef, token: provider.token, isDurable: provider.isDependencyTreeDurable() };
    for (const method of methods) {
      const { takesMessage, async } = method;
      if (instance) this.connect(prototype, method, callOn(instance, method), { takesMessage, async });
      else
        this.connect(prototype, method, this.resolvedCalls.callOn(scoped, method), { takesMessage: true, async: true });
    }
  }

  /** Whether a class has been connected already: provided twice it is one receiver, with a warning unless it is one object. */
  private isSecond({ prototype, instance, module }: Found): boolean {
    const first = this.classes.get(prototype);
    if (first && (first.instance !== instance || !instance)) {
      this.logger.warn(
        `${prototype.constructor.name} is provided in ${first.module.name} and in ${module.name}: its receivers are ` +
          `connected once, in ${first.module.name}. Provide it in one module and export it there.`,
      );
    }
    return first !== undefined;
  }

  private connect(
    prototype: object,
    { key, name, definitions }: ReceiverMethod,
    call: ReceiverCall,
    traits: Pick<ReceiverMethod, 'takesMessage' | 'async'>,
  ): void {
    const receiverClass = prototype.constructor;
    const identity = {};
    for (const { signals, options } of definitions) {
      if (signals.length === 0) checkSignalList(signals, `@OnSignal([]) on ${name}`);
      for (const signal of signals) {
        const where = `@OnSignal(${(signal as Function | undefined)?.name ?? String(signal)}) on ${name}`;
        const channel = this.registry.channel(checkSignalClass(signal, where));
        this.connections.push(channel.connect(call, options, { where, name, receiverClass, key, identity, ...traits }));
      }
    }
  }
}

/**
 * `instance` of a provider that is still to be made is a bare object with the right prototype. `initTime` is set
 * when Nest has made a singleton (11 and 12; `nest/start-up.spec.ts` would notice if that changed); the others
 * are made when they are needed.
 */
function isAlive(provider: Provider): boolean {
  const isThere = provider.isNotMetatype || provider.initTime !== undefined || provider.token === ModuleRef;
  return isThere || !isSingleton(provider);
}

/** A dependency on the request is known once Nest has looked at the dependencies. */
function isSingleton(provider: Provider): boolean {
  return !provider.isTransient && provider.isDependencyTreeStatic();
}
