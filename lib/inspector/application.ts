import { ModulesContainer } from '@nestjs/core';
import { SignalError, SignalRegistry } from '../core/index.js';
import { type NestModule, ReceiverDiscovery, type Room, ROOMS, UnsentSignals } from '../nest/index.js';

/** An application of Nest, or a module of a test: what finds its providers. */
export interface InspectedApplication {
  get(token: typeof ModulesContainer, options: { strict: false }): ModulesContainer;
}

/** The parts of an application that its graph is made of. */
export interface Inspected {
  readonly modules: ModulesContainer;
  /** The module that `SignalsModule.forRoot()` made. */
  readonly root: NestModule;
  readonly registry: SignalRegistry;
  readonly rooms: readonly Room[];
  /** Undefined in a preview, where nothing is known of what sends signals. */
  readonly unsent: UnsentSignals | undefined;
}

/**
 * Returns the registry of a running application. For a preview, in which Nest makes no provider, one with the decorated
 * methods of the classes that would be made.
 *
 * @throws {SignalError} `MODULE_NOT_IMPORTED`, and what is wrong with receivers.
 */
export function inspect(app: InspectedApplication): Inspected {
  const modules = app.get(ModulesContainer, { strict: false });
  const root = [...modules.values()].find(({ providers }) => providers.has(ReceiverDiscovery));
  if (!root) {
    throw new SignalError('MODULE_NOT_IMPORTED', {
      what: 'This application has no SignalsModule.forRoot(), so it has no receivers to show.',
      at: 'graphOf()',
      fix: 'import SignalsModule.forRoot() in the root module.',
    });
  }
  const rooms = (root.providers.get(ROOMS)?.instance ?? []) as readonly Room[];
  const registry: unknown = root.providers.get(SignalRegistry)?.instance;
  // In a preview an instance is a bare object with the right prototype.
  if (registry instanceof SignalRegistry && Object.hasOwn(registry, 'startup')) {
    return { modules, root, registry, rooms, unsent: root.providers.get(UnsentSignals)?.instance as UnsentSignals };
  }
  const previewed = new SignalRegistry();
  new ReceiverDiscovery(modules, previewed).discover();
  return { modules, root, registry: previewed, rooms, unsent: undefined };
}
