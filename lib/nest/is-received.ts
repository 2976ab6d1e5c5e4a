import type { ModulesContainer } from '@nestjs/core';
import type { SignalClass } from '../core/index.js';
import { receiverMethodsOf } from './receiver-methods.js';

/**
 * Whether a class of an application receives one of these signals, as far as that is known before any provider is made.
 * Values and objects of factories are not known yet.
 */
export function isReceived(modules: ModulesContainer, signals: readonly SignalClass[]): boolean {
  const providers = [...modules.values()].flatMap(module => [
    ...module.controllers.values(),
    ...module.providers.values(),
  ]);
  const received = providers.flatMap(({ metatype }) => signalsOf((metatype?.prototype as object | undefined) ?? {}));
  return signals.some(signal => received.includes(signal));
}

function signalsOf(prototype: object): readonly unknown[] {
  try {
    return receiverMethodsOf(prototype).flatMap(({ definitions }) => definitions.flatMap(({ signals }) => signals));
  } catch {
    // Discovery reports the mistake.
    return [];
  }
}
