import type { EntityManager } from '@mikro-orm/core';
import { RequestContext, TransactionContext } from '../peer.js';
import { inTransactionContext, OwnEm } from './own-em.js';

/**
 * Runs `call` with `em` as the current EntityManager of its MikroORM: the one that an injected EntityManager, its
 * repositories and the services that use them stand for. Other MikroORMs keep the one that they had.
 */
export function withCurrentEm<T>(em: EntityManager, call: () => T): T {
  // The transaction context takes an EntityManager as it is; RequestContext.create() would fork it.
  return besidesOuter(em.name, () => TransactionContext.create(em, call));
}

/** Runs `call` with an EntityManager as the current one that is made when something asks for it. */
export function withOwnEm<T>(own: OwnEm, call: () => T): T {
  return besidesOuter(own.name, () => TransactionContext['storage'].run(own as TransactionContext, call));
}

/** Runs `call` with these as the current EntityManagers of their MikroORMs, and with no other. */
export function withCurrentEms<T>(ems: readonly [EntityManager, ...EntityManager[]], call: () => T): T {
  const byName = new Map(ems.map(em => [em.name, em]));
  return RequestContext['storage'].run(new RequestContext(byName), () => withCurrentEm(ems[0], call));
}

/** MikroORM 7.2.1 remembers one transaction only, so that of another MikroORM would be hidden by the one entered here. */
function besidesOuter<T>(name: string, enter: () => T): T {
  const outer = inTransactionContext();
  if (!outer || outer.name === name) return enter();
  const em = outer instanceof OwnEm ? outer.em : outer;
  const ems = new Map(RequestContext.currentRequestContext()?.map).set(outer.name, em);
  return RequestContext['storage'].run(new RequestContext(ems), enter);
}
