import type { EntityManager } from '@mikro-orm/core';
import { shadow } from './shadow.js';

/** Whether an EntityManager knows of nothing: it is as good as new, and has nothing to flush. */
export function isUntouched(em: EntityManager): boolean {
  const uow = em.getUnitOfWork(false);
  return (
    uow.getPersistStack().size === 0 && uow.getRemoveStack().size === 0 && uow.getIdentityMap().values().length === 0
  );
}

/** Has queries flush what is pending first, whatever the flush mode. */
export function flushForQueries(em: EntityManager): void {
  shadow(em, 'tryFlush', async () => {
    if (!isUntouched(em)) await em.flush();
  });
}
