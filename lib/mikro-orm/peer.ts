import type * as Core from '@mikro-orm/core';
import { isNotInstalled, notSupported, type Peer } from '../core/index.js';

const PEER: Peer = { name: '@mikro-orm/core', needs: '^7.2.0', at: 'SignalsModule.forRoot()' };

/**
 * MikroORM is an optional peer, so this is the only module that imports it, when it is needed. The others take it from
 * here, and are imported after that: a bundler that finds no MikroORM has no reason for an error.
 */
export let Cascade: typeof Core.Cascade;
export let ChangeSet: typeof Core.ChangeSet;
export let ChangeSetType: typeof Core.ChangeSetType;
export let EntityIdentifier: typeof Core.EntityIdentifier;
export let helper: typeof Core.helper;
export let isRaw: typeof Core.isRaw;
export let MikroORM: typeof Core.MikroORM;
export let PolymorphicRef: typeof Core.PolymorphicRef;
export let raw: typeof Core.raw;
export let Reference: typeof Core.Reference;
export let RequestContext: typeof Core.RequestContext;
export let ScalarReference: typeof Core.ScalarReference;
export let TransactionContext: typeof Core.TransactionContext;
export let Utils: typeof Core.Utils;
export let ValidationError: typeof Core.ValidationError;

export type ChangeSetType = Core.ChangeSetType;
export type MikroORM = Core.MikroORM;
export type RequestContext = Core.RequestContext;
export type TransactionContext = Core.TransactionContext;

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
    ({ Cascade, ChangeSet, ChangeSetType, EntityIdentifier, helper, isRaw, MikroORM } = core);
    ({ PolymorphicRef, raw, Reference, RequestContext, ScalarReference, TransactionContext, Utils, ValidationError } =
      core);
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
