import type { EntityManager } from '@mikro-orm/core';
import { RequestContext, TransactionContext } from '../peer.js';

/**
 * Runs `call` with `em` as the current EntityManager of its MikroORM: what an injected EntityManager, its
 * repositories and the services that use them resolve to. Other MikroORMs keep the one that they had.
 */
export function withCurrentEm<T>(em: EntityManager, call: () => T): T {
  const outer = TransactionContext.currentTransactionContext()?.em;
  // The transaction context takes an EntityManager as it is; RequestContext.create() would fork it.
  const enter = () => TransactionContext.create(em, call);
  if (!outer || outer.name === em.name) return enter();
  // MikroORM 7.2.1 remembers one transaction only, so the other MikroORM's would be hidden by the one entered here.
  const ems = new Map(RequestContext.currentRequestContext()?.map).set(outer.name, outer);
  return RequestContext['storage'].run(new RequestContext(ems), enter);
}
