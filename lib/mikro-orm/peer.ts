import type * as Core from '@mikro-orm/core';
import { isNotInstalled, notSupported, type Peer } from '../core/index.js';

const PEER: Peer = { name: '@mikro-orm/core', needs: '^7.2.0', at: 'SignalsModule.forRoot()' };

const MEMBERS = [
  'Cascade',
  'ChangeSet',
  'ChangeSetType',
  'EntityIdentifier',
  'helper',
  'isRaw',
  'MikroORM',
  'PolymorphicRef',
  'raw',
  'Reference',
  'RequestContext',
  'ScalarReference',
  'TransactionContext',
  'Utils',
  'ValidationError',
] as const satisfies (keyof typeof Core)[];

/**
 * MikroORM is an optional peer, so this is the only module that imports it, when it is needed: a bundler that finds no
 * MikroORM has no reason for an error. Others take it from here while they run.
 *
 * An object, as the hooks of New Relic, Elastic APM and OpenTelemetry copy what a module exports when it is loaded.
 */
export const mikroOrm = {} as Pick<typeof Core, (typeof MEMBERS)[number]>;

/**
 * Loads MikroORM, which can be used from then on.
 *
 * @returns whether it is installed.
 *
 * @throws {SignalError} `PEER_NOT_SUPPORTED`
 */
export async function loadMikroOrm(): Promise<boolean> {
  try {
    const core = await import('@mikro-orm/core');
    checkVersion(core.Utils.getORMVersion());
    Object.assign(mikroOrm, Object.fromEntries(MEMBERS.map(member => [member, core[member]])));
    return true;
  } catch (error) {
    if (isNotInstalled(PEER, error)) return false;
    throw error;
  }
}

/** @throws {SignalError} `PEER_NOT_SUPPORTED` */
export function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 7 || minor < 2) throw notSupported(PEER, version);
}
