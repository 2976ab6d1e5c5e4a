import type { EntityManager } from '@mikro-orm/core';
import { relatedBy } from './related.js';
import { shadow } from '../receiver/shadow.js';
import { mikroOrm } from '../peer.js';
import { metaOf, propertyOf, type Values } from '../properties.js';

/**
 * Lets `em.persist()` take a delete back, before MikroORM has looked for the entities that go with it. It is of one entity:
 * those that were removed on their own stay removed.
 *
 * @returns a function that ends it.
 */
export function letTakeBack(em: EntityManager): () => void {
  const uow = em.getUnitOfWork(false);
  const own = uow.persist.bind(uow);
  return shadow(uow, 'persist', (entity, visited, options) => {
    const wasRemoved = uow.getRemoveStack().has(entity);
    own(entity, visited, options);
    if (wasRemoved) relink(entity, em);
  });
}

/**
 * Puts an entity back where `em.remove()` took it out in memory: as the owner of the entities that refer to it, and into
 * the collections of those that it refers to (MikroORM 7.2.1).
 *
 * @returns the entities that refer to it again.
 */
export function relink(entity: object, em: EntityManager): object[] {
  const meta = metaOf(entity, em);
  return meta.bidirectionalRelations.flatMap(prop => {
    const inverse = prop.mappedBy || prop.inversedBy;
    if (prop.kind === '1:m') return relatedBy(entity, prop, meta).filter(item => referAgain(item, inverse, entity, em));
    if (prop.kind === 'm:1')
      relatedBy(entity, prop, meta).forEach(target => joinAgain((target as Values)[inverse], entity));
    return [];
  });
}

function referAgain(item: object, name: string, entity: object, em: EntityManager): boolean {
  if (Object.hasOwn(item, name)) return false;
  const prop = propertyOf(metaOf(item, em), name);
  if (prop) Object.assign(item, { [name]: mikroOrm.Reference.wrapReference(entity, prop) });
  return prop !== undefined;
}

function joinAgain(collection: unknown, entity: object): void {
  if (!mikroOrm.Utils.isCollection<object>(collection) || !collection.isInitialized()) return;
  if (!collection.contains(entity)) collection.addWithoutPropagation(entity);
}
