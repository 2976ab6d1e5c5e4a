import type { EntityManager } from '@mikro-orm/core';
import { isThenable } from '../../core/index.js';
import { shadow } from './shadow.js';

/** Writes the pending work of an EntityManager. @returns a promise to await; undefined if nothing is pending. */
export function flushPending(em: EntityManager): Promise<void> | undefined {
  const uow = em.getUnitOfWork(false);
  const isEmpty = uow.getPersistStack().size === 0 && uow.getRemoveStack().size === 0;
  // As good as new: it has loaded nothing, either.
  return isEmpty && uow.getIdentityMap().values().length === 0 ? undefined : em.flush();
}

/** Makes queries flush pending work first, in every flush mode. */
export function flushForQueries(em: EntityManager): void {
  shadow(em, 'tryFlush', async () => flushPending(em));
}

/** The end of a receiver: writes its pending work. */
interface Leaving<Own> {
  /** @returns a promise to await; undefined if nothing is pending. */
  leave(own: Own): Promise<void> | undefined;
}

/** Returns the answer of a receiver once the work that it left pending is written. */
export function answerOf<Own>(value: unknown, own: Own, scope: Leaving<Own>): unknown {
  if (isThenable(value)) return answerLater(value, own, scope);
  return scope.leave(own)?.then(() => value) ?? value;
}

async function answerLater<Own>(value: PromiseLike<unknown>, own: Own, scope: Leaving<Own>): Promise<unknown> {
  return answerOf(await value, own, scope);
}
