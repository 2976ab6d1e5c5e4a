import { Inject, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { SignalRegistry } from '../core/index.js';
import { privateField } from './requests/private-field.js';

/** The property through which Nest shows a class with receivers the application that makes it. */
const MODULES: unique symbol = Symbol('application');

/** The applications that have been looked at. */
const known = privateField<true>();

/**
 * Warns where a class with receivers is made in an application without `SignalsModule.forRoot()`: with built-in signals
 * alone nothing else would miss it. It is no error, because a test may want nothing but the class.
 */
export function missForRoot(prototype: object): void {
  if (typeof prototype !== 'object' || MODULES in prototype) return;
  Object.defineProperty(prototype, MODULES, { set: lookAt, configurable: true });
  Inject(ModulesContainer)(prototype, MODULES);
}

function lookAt(this: object, modules: ModulesContainer): void {
  if (known.of(modules)) return;
  known.keep(modules, true);
  const tokens = [...modules.values()].flatMap(({ providers }) => [...providers.keys()]);
  // By name, because another copy of the package has another class.
  if (tokens.some(token => typeof token === 'function' && token.name === SignalRegistry.name)) return;
  new Logger('Signals').warn(
    `${this.constructor.name} has receivers, and this application has no SignalsModule: they are never called. ` +
      'Import SignalsModule.forRoot() in the root module.',
  );
}
