import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { nameOf, refuseOtherCopy } from '../core/index.js';
import type { NestProvider } from './modules.js';

/**
 * The keys under which TypeScript and Nest 11 and 12 keep the classes that a class has injected: by type, by `@Inject()` of
 * a parameter, by `@Inject()` of a property. `test/nest/two-copies.spec.ts` would notice if it changed.
 */
const BY_TYPE = 'design:paramtypes';
const BY_PARAMETER = 'self:paramtypes';
const BY_PROPERTY = 'self:properties_metadata';

/**
 * Refuses signals and registries that are of another copy of the package: this one would neither link nor call them.
 *
 * @throws {SignalError} `PACKAGE_LOADED_TWICE`
 */
export function refuseOtherPackage(modules: ModulesContainer): void {
  for (const { name, providers } of modules.values()) {
    for (const token of providers.keys()) refuseOtherCopy(token, nameOf(token), `the providers of ${name}`);
  }
  try {
    refuseInjected(modules);
  } catch (error) {
    // Nest has perhaps begun to say that it cannot resolve a dependency, which is then what the start fails with.
    new Logger('Signals').error((error as Error).message);
    throw error;
  }
}

function refuseInjected(modules: ModulesContainer): void {
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      const at = `what ${String(wrapper.name)} injects`;
      for (const token of injectedInto(wrapper)) refuseOtherCopy(token, nameOf(token), at);
    }
  }
}

function injectedInto({ metatype, inject }: NestProvider): unknown[] {
  if (inject) return inject.map(it => (typeof it === 'object' && 'token' in it ? it.token : it));
  if (typeof metatype !== 'function') return [];
  const byType = read<unknown>(BY_TYPE, metatype);
  const byParameter = read<{ param?: unknown }>(BY_PARAMETER, metatype).map(({ param }) => param);
  const byProperty = read<{ type?: unknown }>(BY_PROPERTY, metatype).map(({ type }) => type);
  return [...byType, ...byParameter, ...byProperty];
}

function read<Value>(key: string, type: Function): readonly Value[] {
  const value: unknown = Reflect.getMetadata(key, type);
  return Array.isArray(value) ? value : [];
}
