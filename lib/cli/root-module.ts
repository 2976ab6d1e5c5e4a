import type { DynamicModule, Type } from '@nestjs/common';
import { SignalError } from '../core/index.js';

/** The metadata of `@Module`. */
const MODULE_KEYS = ['imports', 'providers', 'controllers', 'exports'];

/**
 * Returns the root module that a file exports: as its default, as `AppModule`, or as its only module class. A function
 * is called for it.
 *
 * @throws {SignalError} `ENTRY_INVALID`
 */
export async function rootModuleOf(exported: object, at: string): Promise<Type> {
  const values = exportsOf(exported);
  const classes = [...new Set(values.values())].filter(isModuleClass);
  const only = classes.length === 1 ? classes[0] : undefined;
  const root = values.get('default') ?? values.get('AppModule') ?? only;
  if (root === undefined) throw noRoot(at, classes);
  const made: unknown = typeof root === 'function' && !isClass(root) ? await (root as () => unknown)() : root;
  if (typeof made === 'function' || isDynamicModule(made)) return made as Type;
  throw noRoot(at, classes);
}

/** A CommonJS module is the default of what is imported, and may have a default of its own. */
function exportsOf(exported: object): Map<string, unknown> {
  const { default: inner, ...named } = exported as { default?: unknown };
  const isCommonJs = typeof inner === 'object' && inner !== null && !isDynamicModule(inner);
  const all = isCommonJs ? { ...named, ...inner } : { ...named, default: inner };
  return new Map(Object.entries(all).filter(([name, value]) => name !== '__esModule' && value !== undefined));
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && (/^class\b/.test(String(value)) || isModuleClass(value));
}

function isModuleClass(value: unknown): value is Type {
  return typeof value === 'function' && MODULE_KEYS.some(key => Reflect.hasOwnMetadata(key, value));
}

function isDynamicModule(value: unknown): value is DynamicModule {
  return typeof value === 'object' && value !== null && typeof (value as { module?: unknown }).module === 'function';
}

function noRoot(at: string, classes: readonly Type[]): SignalError {
  const modules = classes.map(({ name }) => name).join(', ');
  return new SignalError('ENTRY_INVALID', {
    what: `${at} has no root module: ${modules ? `it exports ${modules}, and none of them as its default` : 'it exports no module'}.`,
    at,
    fix: 'export the root module as `AppModule` or as the default: a module class, a DynamicModule, or a function that returns one.',
  });
}
