import type { ModulesContainer } from '@nestjs/core';
import type { SignalClass } from '../core/index.js';
import { receiverMethodsOf } from './receiver-methods.js';

/**
 * Whether a class of an application receives one of these signals: what can be known before any provider is made.
 * Values, and what factories will make, are not among it.
 */
export function isReceived(modules: ModulesContainer, signals: readonly SignalClass[]): boolean {
  const providers = [...modules.values()].flatMap(module => [
    ...module.controllers.values(),
    ...module.providers.values(),
  ]);
  const heard = providers.flatMap(({ metatype }) => signalsOf((metatype?.prototype as object | undefined) ?? {}));
  return signals.some(signal => heard.includes(signal));
}

function signalsOf(prototype: object): readonly unknown[] {
  try {
    return receiverMethodsOf(prototype).flatMap(({ definitions }) => definitions.flatMap(({ signals }) => signals));
  } catch {
    // Discovery will tell of the mistake.
    return [];
  }
}
