import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { nameOf, refuseOtherCopy } from '../core/index.js';
import { injectionsOf } from './injections.js';

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
    for (const { provider, tokens, types } of injectionsOf(modules)) {
      const at = `what ${String(provider.name)} injects`;
      for (const token of [...types, ...tokens]) refuseOtherCopy(token, nameOf(token), at);
    }
  } catch (error) {
    // Nest has perhaps begun to say that it cannot resolve a dependency, which is then what the start fails with.
    new Logger('Signals').error((error as Error).message);
    throw error;
  }
}
