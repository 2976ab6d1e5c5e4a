import type { EntityManager, EntityProperty } from '@mikro-orm/core';
import { shadow } from '../receiver/shadow.js';
import { mikroOrm } from '../peer.js';

/**
 * Makes a flush write collections that were changed since it looked for them. Only a computation of their entity's
 * change set reaches MikroORM's list of them (7.2.1), so it computes one that sees nothing else: no property, no
 * initialiser, and no other relation.
 */
export function noteCollections(entity: object, collections: EntityProperty[], em: EntityManager): void {
  const wrapped = mikroOrm.helper(entity);
  const meta = em.getMetadata().get(wrapped.__meta.class);
  const { relations, hydrateProps } = meta;
  const { __originalEntityData, __initialized } = wrapped;
  const putBack = shadow(em.getComparator(), 'prepareEntity', () => ({}));
  try {
    Object.assign(meta, { relations: collections, hydrateProps: [] });
    Object.assign(wrapped, { __originalEntityData: {}, __initialized: true });
    em.getUnitOfWork(false).computeChangeSet(entity);
  } finally {
    Object.assign(wrapped, { __originalEntityData, __initialized });
    Object.assign(meta, { relations, hydrateProps });
    putBack();
  }
}

/** Computes change sets for entities that have none. All keys are prepared first: the entities may refer to each other. */
export function computeChangeSets(entities: readonly object[], em: EntityManager): void {
  const uow = em.getUnitOfWork(false);
  if (entities.length === 0) return;
  for (const entity of entities) {
    mikroOrm.helper(entity).__schema ??= em.schema;
    uow['initIdentifier'](entity);
  }
  for (const entity of entities) {
    const wrapped = mikroOrm.helper(entity);
    const { __originalEntityData } = wrapped;
    uow.computeChangeSet(entity);
    // MikroORM would take the entity for flushed from now on, even if the flush fails (7.2.1).
    Object.assign(wrapped, { __originalEntityData });
  }
  // As MikroORM marks the entities that it has found itself.
  for (const { entity } of uow.getChangeSets()) mikroOrm.helper(entity).__processing = true;
}
