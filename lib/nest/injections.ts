import type { ModulesContainer } from '@nestjs/core';
import { listOn, type NestProvider } from './modules.js';

/**
 * The keys under which TypeScript and Nest 11 and 12 keep the classes that a class has injected: by type, by `@Inject()` of
 * a parameter, by `@Inject()` of a property. `test/nest/two-copies.spec.ts` would notice if it changed.
 */
const BY_TYPE = 'design:paramtypes';
const BY_PARAMETER = 'self:paramtypes';
const BY_PROPERTY = 'self:properties_metadata';

/** A provider, a controller or an enhancer with what it injects. */
export interface Injecting {
  readonly provider: NestProvider;
  /** The name of its module. */
  readonly module: string;
  /** The tokens, with the classes that `forwardRef()` wraps. */
  readonly tokens: readonly unknown[];
  /** The types of the constructor's parameters, also of those that `@Inject()` names another token for. */
  readonly types: readonly unknown[];
}

/** Yields every provider, controller and enhancer of an application with what it injects. */
export function* injectionsOf(modules: ModulesContainer): Generator<Injecting> {
  for (const { providers, controllers, injectables, name: module } of modules.values()) {
    for (const provider of [...controllers.values(), ...providers.values(), ...injectables.values()]) {
      yield { provider, module, ...injectedInto(provider) };
    }
  }
}

function injectedInto({ metatype, inject }: NestProvider): Pick<Injecting, 'tokens' | 'types'> {
  if (inject) return { tokens: inject.map(it => (typeof it === 'object' && 'token' in it ? it.token : it)), types: [] };
  if (typeof metatype !== 'function') return { tokens: [], types: [] };
  const types = listOn<unknown>(BY_TYPE, metatype);
  const parameters = [...types];
  for (const { index, param } of listOn<{ index: number; param: unknown }>(BY_PARAMETER, metatype)) {
    parameters[index] = param;
  }
  const properties = listOn<{ type: unknown }>(BY_PROPERTY, metatype).map(({ type }) => type);
  return { tokens: [...parameters, ...properties].map(unwrapped), types };
}

/** Nest wraps a class that is not defined yet. */
function unwrapped(token: unknown): unknown {
  return typeof token === 'object' && token !== null && 'forwardRef' in token
    ? (token.forwardRef as () => unknown)()
    : token;
}
