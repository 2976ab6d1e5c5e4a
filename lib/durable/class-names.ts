import type { ClassNamed } from './job-call.js';
import type { Application } from '../nest/index.js';

/** Finds senders by the name of their class: entities, or what Nest has made. */
export function classNamedIn(registry: Application['registry'], modules: Application['modules']): ClassNamed {
  return name => registry.unitsOfWork?.entities.classNamed(name) ?? providerNamed(name, modules);
}

function providerNamed(name: string, modules: Application['modules']): unknown {
  for (const { providers, controllers } of modules.values()) {
    for (const { metatype } of [...providers.values(), ...controllers.values()]) {
      if (typeof metatype === 'function' && metatype.name === name) return metatype;
    }
  }
  return undefined;
}
