import type { ModulesContainer } from '@nestjs/core';
import type { SignalClass } from '../core/index.js';
import { foreign, injectionsOf, isSignalClass, type NestModule, type NestProvider } from '../nest/index.js';
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
    const names = namesOf(module, root, all);
    return [...module.providers.values()].flatMap(provider => {
      const signal = signalOf(provider);
      return signal ? names.map(name => ({ signal, token: provider.token as unknown, module: name })) : [];
    });
  });
  return [...provided, ...aliasesIn(all, provided)];
}

/** Returns the name of a module; for one that `forFeature()` made, the names of the modules that import it. */
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
  const found = new Map<string, Injection>();
  for (const { provider, module, tokens } of injectionsOf(modules)) {
    const written = provider.metatype;
    if (provider.isAlias || typeof written !== 'function') continue;
    for (const signal of tokens.map(token => signals.get(token))) {
      if (!signal) continue;
      const name = nameOf(provider);
      found.set(`${module} ${name} ${signal.name}`, { signal, name, written, module });
    }
  }
  return [...found.values()];
}

/** Returns the name of a provider: for a factory that of the class it stands for, or its token. */
function nameOf({ metatype, inject, token }: NestProvider): string {
  const type: unknown = inject ? token : metatype;
  return typeof type === 'function' ? type.name : `factory of ${String(type)}`;
}

function signalOf({ metatype, instance, inject, token }: NestProvider): SignalClass | undefined {
  const made = foreign.valueOf(instance, 'constructor');
  return [made, inject ? token : metatype].find(isSignalClass);
}
