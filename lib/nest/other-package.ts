import type { ModulesContainer } from '@nestjs/core';
import { nameOf, refuseOtherCopy } from '../core/index.js';

/**
 * Refuses signals and registries that are of another copy of the package: this one would neither link nor call them.
 *
 * @throws {SignalError} `PACKAGE_LOADED_TWICE`
 */
export function refuseOtherPackage(modules: ModulesContainer): void {
  for (const { name, providers } of modules.values()) {
    for (const token of providers.keys()) refuseOtherCopy(token, nameOf(token), `the providers of ${name}`);
  }
}
