import type { EntityManager } from '@mikro-orm/core';

export const FLUSHES = ['implicit flush', 'transactional', 'begin and commit'] as const;

/** Runs `change` and a flush of that kind. */
export async function flushed(
  em: EntityManager,
  way: (typeof FLUSHES)[number],
  change: (em: EntityManager) => unknown,
): Promise<EntityManager> {
  if (way === 'transactional') {
    await em.transactional(async inner => {
      await change(inner);
    });
  } else if (way === 'begin and commit') {
    await em.begin();
    try {
      await change(em);
      await em.commit();
    } catch (error) {
      await em.rollback();
      throw error;
    }
  } else {
    await change(em);
    await em.flush();
  }
  return em;
}
