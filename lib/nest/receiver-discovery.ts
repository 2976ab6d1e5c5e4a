import { Logger } from '@nestjs/common';
import type { DiscoveryService, ModulesContainer } from '@nestjs/core';
import {
  type AnySignal,
  type Connection,
  nameOf,
  type Origin,
  REGISTRY,
  Signal,
  type SignalClass,
  SignalError,
  type SignalRegistry,
} from '../core/index.js';
import { type ReceiverMethod, receiverMethodsOf } from './receiver-methods.js';

type Provider = ReturnType<DiscoveryService['getProviders']>[number];

/** An object that holds receivers, and where it was found. */
interface Found {
  readonly instance: object;
  readonly module: string;
}

/**
 * Connects the decorated methods of the providers and controllers that have come to life.
 *
 * It may be asked again while the application is being built. What it finds is connected whole or not at all.
 */
export class ReceiverDiscovery {
  private readonly logger = new Logger('Signals');
  private readonly connections: Connection[] = [];
  private readonly seen = new Set<Provider>();
  /** The first instance of each class that has receivers. */
  private readonly first = new Map<object, Found>();

  constructor(
    private readonly modules: ModulesContainer,
    readonly registry: SignalRegistry,
  ) {
    const { startup } = registry;
    startup.discover = () => {
      this.discover();
      if (!startup.discover) void startup.tellLatecomers();
    };
  }

  /** Connects what has come to life. Once every provider is there, at `onModuleInit` at the latest, the registry starts. */
  discover(initialising = false): void {
    const { startup, channels } = this.registry;
    if (!startup.discover) return;
    try {
      const complete = [...this.modules.values()].map(module => this.discoverIn(module)).every(Boolean);
      if (complete || initialising) startup.end(channels);
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  disconnect(): void {
    for (const connection of this.connections.splice(0)) connection.disconnect();
    this.seen.clear();
    this.first.clear();
  }

  /** Whether every provider of the module is there. */
  private discoverIn(module: ModulesContainer extends Map<string, infer M> ? M : never): boolean {
    const unseen = [...module.controllers.values(), ...module.providers.values()].filter(it => !this.seen.has(it));
    const alive = unseen.filter(isAlive);
    for (const provider of alive) {
      this.seen.add(provider);
      this.connectAll({ instance: provider.instance as object, module: module.name });
    }
    return alive.length === unseen.length;
  }

  private connectAll(found: Found): void {
    const { instance } = found;
    if (typeof instance !== 'object' || instance === null) return;
    // A signal that a factory made has not been linked by injection.
    if (instance instanceof Signal) (instance as AnySignal)[REGISTRY] = this.registry;
    const prototype = Object.getPrototypeOf(instance) as object | null;
    const methods = prototype ? receiverMethodsOf(prototype) : [];
    if (methods.length === 0 || this.isSecond(prototype!, found)) return;
    this.first.set(prototype!, found);
    for (const method of methods) this.connect(instance, method);
  }

  /** The same class provided twice is one receiver; an alias of the same object is not worth a word. */
  private isSecond(prototype: object, { instance, module }: Found): boolean {
    const first = this.first.get(prototype);
    if (first && first.instance !== instance) {
      const { name } = prototype.constructor;
      this.logger.warn(
        `${name} is provided in ${first.module} and in ${module}: its receivers are connected once, in ${first.module}. ` +
          `Provide it in one module and export it there.`,
      );
    }
    return first !== undefined;
  }

  private connect(instance: object, { key, name, parameters, async, definitions }: ReceiverMethod): void {
    const holder = instance as Record<string | symbol, (payload: never, message: unknown) => unknown>;
    // Looked up at every call, so that a decorator above or a spy set later is honoured.
    const call = (payload: never, message: unknown): unknown => holder[key]!(payload, message);
    const identity = {};
    for (const { signals, options } of definitions) {
      for (const signal of signals) {
        const where = `@OnSignal(${(signal as Function | undefined)?.name ?? String(signal)}) on ${name}`;
        if (!isSignalClass(signal)) throw notASignal(signal, where);
        const origin: Origin = { where, name, identity, parameters, async };
        this.connections.push(this.registry.channel(signal).connect(call, options, origin));
      }
    }
  }
}

/**
 * `instance` of a provider that is still to be made is a bare object with the right prototype. `initTime` is set
 * when Nest has made it (Nest 11 and 12; `nest/receiver-discovery.spec.ts` would notice if that changed).
 */
function isAlive(provider: Provider): boolean {
  return provider.isNotMetatype || provider.initTime !== undefined;
}

function isSignalClass(value: unknown): value is SignalClass {
  return typeof value === 'function' && value.prototype instanceof Signal;
}

function notASignal(value: unknown, where: string): SignalError {
  const missing = value === undefined;
  return new SignalError('NOT_A_SIGNAL', {
    what: missing ? 'The signal of a receiver is undefined.' : `${nameOf(value)} is not a signal.`,
    at: where,
    fix: missing
      ? 'check for a circular import between the file of the signal and the file of the receiver.'
      : 'give @OnSignal a class that extends Signal.',
  });
}
