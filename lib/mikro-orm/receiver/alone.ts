import type { EntityManager } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import { withCurrentEms } from './current-em.js';
import { freshFork } from './fresh-scope.js';
import type { Settings } from './settings.js';
import { isUntouched } from './untouched.js';

/**
 * Does the work with an EntityManager of its own for each MikroORM, and flushes what is pending in them at the end.
 *
 * @param settings - of each MikroORM; the first is the one of the work, and of the transaction.
 * @param commit - makes it a transaction; called in it, after the work, just before COMMIT.
 */
export async function alone<T>(
  settings: readonly Settings[],
  work: (scope: Scope) => Promise<T>,
  commit?: (em: EntityManager) => Promise<unknown>,
): Promise<T> {
  const forks = settings.map(freshFork);
  const [em] = forks as [EntityManager];
  const scope: Scope = { own: { em }, holdsTransaction: commit !== undefined, run: (call, payload) => call(payload) };
  const flushAll = async () => {
    for (const fork of forks.toReversed()) if (!isUntouched(fork)) await fork.flush();
  };
  return withCurrentEms(forks, async () => {
    if (!commit) return followedBy(await work(scope), flushAll);
    await em.begin();
    try {
      const value = await followedBy(await work(scope), flushAll);
      await commit(em);
      await em.commit();
      return value;
    } catch (error) {
      // Where the connection is lost there is nothing left to roll back, and the first error says why.
      await em.rollback().catch(() => {});
      throw error;
    }
  });
}

async function followedBy<T>(value: T, further: () => Promise<void>): Promise<T> {
  await further();
  return value;
}
