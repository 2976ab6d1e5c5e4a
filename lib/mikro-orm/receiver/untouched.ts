import type { EntityManager } from '@mikro-orm/core';

/** Whether an EntityManager knows of nothing: it is as good as new, and has nothing to flush. */
export function isUntouched(em: EntityManager): boolean {
  const uow = em.getUnitOfWork(false);
  return (
    uow.getPersistStack().size === 0 && uow.getRemoveStack().size === 0 && uow.getIdentityMap().keys().length === 0
  );
}
