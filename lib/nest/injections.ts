import 'reflect-metadata';
import type { ModulesContainer } from '@nestjs/core';
import type { NestProvider } from './modules.js';

/**
 * The keys under which TypeScript and Nest 11 and 12 keep the classes that a class has injected: by type, by `@Inject()` of
 * a parameter, by `@Inject()` of a property. `test/nest/two-copies.spec.ts` would notice if it changed.
 */
const BY_TYPE = 'design:paramtypes';
const BY_PARAMETER = 'self:paramtypes';
const BY_PROPERTY = 'self:properties_metadata';

/** Yields every provider, controller and enhancer of an application with the tokens that it injects. */
export function* injectionsOf(modules: ModulesContainer): Generator<[NestProvider, tokens: readonly unknown[]]> {
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      yield [wrapper, injectedInto(wrapper)];
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
