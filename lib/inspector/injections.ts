import 'reflect-metadata';
import type { ModulesContainer } from '@nestjs/core';
import { Signal, type SignalClass } from '../core/index.js';
import { foreign, type NestModule, type NestProvider } from '../nest/index.js';
import type { Inspected } from './application.js';

/** A class that injects a signal, in one module. */
export interface Injection {
  readonly signal: SignalClass;
  readonly name: string;
  /** The class, or the function of a factory. */
  readonly written: Function;
  readonly module: string;
}

/** A signal as a module provides it. */
export interface Provided {
  readonly signal: SignalClass;
  readonly token: unknown;
  readonly module: string;
}

/** Returns the signals that modules provide, under whichever token. */
export function providedIn({ modules, root }: Pick<Inspected, 'modules' | 'root'>): Provided[] {
  const all = [...modules.values()];
  const provided = all.flatMap(module => {
    const signals = [...module.providers.values()].flatMap(provider => {
      const signal = signalOf(provider);
      return signal ? [{ signal, token: provider.token as unknown }] : [];
    });
    const names = signals.length > 0 ? namesOf(module, root, all) : [];
    return signals.flatMap(one => names.map(name => ({ ...one, module: name })));
  });
  return [...provided, ...aliasesIn(all, provided)];
}

/** Of a module that `forFeature()` has made, the names of the modules that import it. */
function namesOf(module: NestModule, root: NestModule, all: readonly NestModule[]): string[] {
  if (module.metatype !== root.metatype) return [module.name];
  return all.filter(({ imports }) => imports.has(module)).map(({ name }) => name);
}

/** The tokens that stand for a signal, as `useExisting` makes them. */
function aliasesIn(all: readonly NestModule[], provided: readonly Provided[]): Provided[] {
  return all.flatMap(({ providers }) =>
    [...providers.values()].flatMap(({ isAlias, inject, token }) => {
      const existing = isAlias ? provided.find(one => one.token === inject?.[0]) : undefined;
      return existing ? [{ ...existing, token: token as unknown }] : [];
    }),
  );
}

/** Returns the classes that inject a signal, each once for a module and a signal. Factories that inject one are named by their token. */
export function injectionsIn(modules: ModulesContainer, provided: readonly Provided[]): Injection[] {
  const signals = new Map(provided.map(({ token, signal }) => [token, signal]));
  const found: Injection[] = [];
  for (const { providers, controllers, injectables, name: module } of modules.values()) {
    for (const provider of [...controllers.values(), ...providers.values(), ...injectables.values()]) {
      const written = provider.metatype;
      if (provider.isAlias || typeof written !== 'function') continue;
      const injected = new Set(tokensOf(provider).map(token => signals.get(token)));
      for (const signal of injected) if (signal) found.push({ signal, name: nameOf(provider), written, module });
    }
  }
  return [...new Map(found.map(one => [`${one.module} ${one.name} ${one.signal.name}`, one])).values()];
}

/** Of a factory the name of the class that it stands for, or its token. */
function nameOf({ metatype, inject, token }: NestProvider): string {
  const type: unknown = inject ? token : metatype;
  return typeof type === 'function' ? type.name : `factory of ${String(type)}`;
}

function signalOf({ metatype, instance, inject, token }: NestProvider): SignalClass | undefined {
  if (isSignalClass(instance === null ? undefined : foreign.valueOf(instance, 'constructor')))
    return foreign.valueOf(instance, 'constructor') as SignalClass;
  const type: unknown = inject ? token : metatype;
  return isSignalClass(type) ? type : undefined;
}

function isSignalClass(type: unknown): type is SignalClass {
  return typeof type === 'function' && type.prototype instanceof Signal;
}

/** The tokens of the constructor's parameters and of the properties, as Nest's decorators keep them. */
function tokensOf({ metatype, inject }: NestProvider): unknown[] {
  if (inject) return inject.map(it => (isOptional(it) ? it.token : it));
  const type = metatype as Function;
  const parameters = [...((Reflect.getMetadata('design:paramtypes', type) ?? []) as unknown[])];
  const named = (Reflect.getMetadata('self:paramtypes', type) ?? []) as { index: number; param: unknown }[];
  for (const { index, param } of named) parameters[index] = param;
  const properties = (Reflect.getMetadata('self:properties_metadata', type) ?? []) as { type: unknown }[];
  return [...parameters, ...properties.map(property => property.type)].map(unwrapped);
}

function isOptional(token: unknown): token is { readonly token: unknown } {
  return typeof token === 'object' && token !== null && 'token' in token;
}

/** Nest wraps a class that is not defined yet. */
function unwrapped(token: unknown): unknown {
  return typeof token === 'object' && token !== null && 'forwardRef' in token
    ? (token.forwardRef as () => unknown)()
    : token;
}
