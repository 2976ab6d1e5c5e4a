import { Logger } from '@nestjs/common';
import { type AnySignal, type Connection, isA, REGISTRY, Signal, type SignalRegistry } from '../core/index.js';
import { checkSignalClass, checkSignalList } from './signal-checks.js';
import { callOn, type ReceiverCall, callOnScoped } from './receiver-call.js';
import { type ReceiverMethod, receiverMethodsOf } from './receiver-methods.js';
import type { NestModule, NestProvider } from './modules.js';

/** A class with receivers, and the provider that it was found as. */
export interface Found {
  readonly prototype: object;
  /** Undefined where each call has its own. */
  readonly instance: object | undefined;
  readonly module: NestModule;
}

/** The connections of one moment. */
interface Mark {
  readonly classes: ReadonlySet<object>;
  readonly connections: number;
}

/** The classes of an application whose receivers are connected, and their connections. */
export class ConnectedClasses {
  private readonly logger = new Logger('Signals');
  private readonly classes = new Map<object, Found>();
  private readonly connections: Connection[] = [];

  constructor(private readonly registry: SignalRegistry) {}

  has(prototype: object): boolean {
    return this.classes.has(prototype);
  }

  /** Returns the connections that exist now, for `undo` and `namesSince`. */
  mark(): Mark {
    return { classes: new Set(this.classes.keys()), connections: this.connections.length };
  }

  /** Disconnects the receivers that were connected since a mark; all of them without one. */
  undo({ classes, connections }: Mark = { classes: new Set(), connections: 0 }): void {
    for (const connection of this.connections.splice(connections)) connection.disconnect();
    for (const prototype of this.classes.keys()) if (!classes.has(prototype)) this.classes.delete(prototype);
  }

  /** Returns the names of the receivers that were connected since a mark. */
  namesSince({ connections }: Mark): string[] {
    return [...new Set(this.connections.slice(connections).map(({ uid }) => uid))];
  }

  /** Connects the receivers of a class, once. */
  connect(found: Found, provider: NestProvider): void {
    const { prototype, instance, module } = found;
    // A signal that a factory made has not been linked by injection.
    if (isA(instance, Signal)) (instance as AnySignal)[REGISTRY] = this.registry;
    const methods = receiverMethodsOf(prototype);
    if (methods.length === 0 || this.isSecond(found)) return;
    this.classes.set(prototype, found);
    if (!instance) this.registry.contexts.readsRequests = true;
    for (const method of methods) {
      if (instance) this.connectMethod(prototype, method, callOn(instance, method));
      else {
        const resolved = { ...method, takesMessage: true, async: true };
        this.connectMethod(prototype, resolved, callOnScoped(this.registry.contexts, module, provider, method));
      }
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

  private connectMethod(prototype: object, method: ReceiverMethod, call: ReceiverCall): void {
    const { key, name, definitions, takesMessage, async } = method;
    const origin = { name, receiverClass: prototype.constructor, key, identity: {}, takesMessage, async };
    for (const { signals, options } of definitions) {
      if (signals.length === 0) checkSignalList(signals, `@OnSignal([]) on ${name}`);
      for (const signal of signals) {
        const where = `@OnSignal(${(signal as Function | undefined)?.name ?? String(signal)}) on ${name}`;
        const channel = this.registry.channel(checkSignalClass(signal, where));
        this.connections.push(channel.connect(call, options, { ...origin, where }));
      }
    }
  }
}
