import { type EntityManager, TransactionPropagation } from '@mikro-orm/core';
import { Transactional } from '@mikro-orm/decorators/legacy';
import { Item } from './items.js';

/** The work that runs in a transaction, given an EntityManager. */
type Work = (em: EntityManager) => unknown;

class Service {
  constructor(readonly em: EntityManager) {}

  @Transactional()
  async work(work: Work) {
    await work(this.em);
  }
}

/** Does the work in an explicit transaction, to the end; an error ends it with a rollback, and comes out. */
export const EXPLICIT: Readonly<Record<string, (em: EntityManager, work: Work) => Promise<unknown>>> = {
  'em.transactional()': (em, work) =>
    em.transactional(async inner => {
      await work(inner);
    }),
  '@Transactional()': (em, work) => new Service(em.fork({ useContext: true })).work(work),
  'em.begin() and em.commit()': async (em, work) => {
    await em.begin();
    try {
      await work(em);
      await em.commit();
    } catch (error) {
      await em.rollback();
      throw error;
    }
  },
  REQUIRES_NEW: (em, work) =>
    em.transactional(outer =>
      outer.transactional(
        async inner => {
          await work(inner);
        },
        { propagation: TransactionPropagation.REQUIRES_NEW },
      ),
    ),
};

/** The ways to run work in a transaction: explicit ones, and the transaction that a flush opens by itself. */
export const WAYS: typeof EXPLICIT = {
  'an implicit flush': async (em, work) => {
    await work(em);
    await em.flush();
  },
  ...EXPLICIT,
};

export function add(em: EntityManager, name: string): Item {
  return em.create(Item, { name });
}
