import type { EntityManager, EntityProperty, UnitOfWork } from '@mikro-orm/core';
import { shadow } from '../receiver/shadow.js';
import { helper } from '../peer.js';

/**
 * Makes a flush write collections that were changed since it looked for them. Only a computation of their entity's
 * change set reaches MikroORM's list of them (7.2.1), so it computes one that sees nothing else: no property, no
 * initialiser, and no other relation.
 */
export function noteCollections(
  entity: object,
  collections: EntityProperty[],
  em: EntityManager,
  uow: UnitOfWork,
): void {
  const wrapped = helper(entity);
  const meta = em.getMetadata().get(wrapped.__meta.class);
  const { relations, hydrateProps } = meta;
  const { __originalEntityData, __initialized } = wrapped;
  const putBack = shadow(em.getComparator(), 'prepareEntity', () => ({}));
  try {
    Object.assign(meta, { relations: collections, hydrateProps: [] });
    Object.assign(wrapped, { __originalEntityData: {}, __initialized: true });
    uow.computeChangeSet(entity);
  } finally {
    Object.assign(wrapped, { __originalEntityData, __initialized });
    Object.assign(meta, { relations, hydrateProps });
    putBack();
  }
}
