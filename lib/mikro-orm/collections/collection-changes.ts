import type { Collection, EntityManager, EntityProperty } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import { postponedCollections } from './postponed-collections.js';
import type { Relations } from './relations.js';
import type { Through } from './through.js';

/** The items of a collection that change. */
export interface ChangedItems {
  /** Whether all stored items are removed, which are not known. */
  readonly isCleared: boolean;
  readonly removed: ReadonlySet<object>;
  readonly added: ReadonlySet<object>;
}

/** The changes of a flush to one collection, without those that are sent from the other side. */
export interface CollectionChange extends ChangedItems {
  readonly through: Through;
  readonly entity: object;
  readonly prop: EntityProperty;
  readonly reverse: boolean;
  readonly exact: boolean;
}

/** One side of a change, before each pair of entities is left with one of the two. */
interface Side extends CollectionChange {
  readonly isLoaded: boolean;
  readonly removed: Set<object>;
  readonly added: Set<object>;
}

/**
 * Returns the many-to-many changes of a flush. A relation that was changed on both sides shows in two collections; each
 * pair of entities is left with one: the owner's, unless only the other one was loaded.
 */
export function collectionChanges(
  em: EntityManager,
  relations: Relations,
  isNew: (entity: object) => boolean,
): CollectionChange[] {
  const stack = em.getUnitOfWork(false).getRemoveStack();
  const written = manyToMany(em).filter(({ owner }) => !stack.has(owner));
  const sides = written.flatMap(collection => sideOf(collection, relations, isNew));
  const [owners, inverses] = [sides.filter(({ reverse }) => !reverse), sides.filter(({ reverse }) => reverse)];
  const [ownerOf, inverseOf] = [finderIn(owners), finderIn(inverses)];
  for (const owner of owners) dropCleared(owner, inverseOf);
  for (const inverse of inverses) share(inverse, ownerOf);
  return sides.filter(({ isCleared, removed, added }) => isCleared || removed.size > 0 || added.size > 0);
}

/** Returns the changed many-to-many collections of a flush, with those that it writes later because both ends are new. */
export function manyToMany(em: EntityManager): Collection<object>[] {
  const listed: Collection<object>[] = em.getUnitOfWork(false).getCollectionUpdates();
  const later = postponedCollections(em).map(({ collection }) => collection);
  const all = later.length > 0 ? [...new Set([...listed, ...later])] : listed;
  return all.filter(({ property }) => property.kind === 'm:n');
}

function sideOf(collection: Collection<object>, relations: Relations, isNew: (entity: object) => boolean): Side[] {
  const { owner: entity, property: prop } = collection;
  const through = relations.throughOf(mikroOrm.helper(entity).__meta.class, prop.name);
  if (!through) return [];
  const snapshot = collection.getSnapshot();
  const [before, now] = [new Set(snapshot), new Set(collection.getItems(false))];
  const isLoaded = collection.isInitialized() && !collection.isPartial();
  const side: Side = {
    ...{ through, entity, prop, isLoaded },
    reverse: !prop.owner,
    isCleared: collection.isInitialized() && snapshot === undefined && !isNew(entity),
    removed: before.difference(now),
    added: now.difference(before),
    exact: isLoaded && (isNew(entity) || relations.loaded.isComplete(collection, prop.name)),
  };
  return [side];
}

/** Returns the side of a relation that belongs to an entity, if that has changed. */
type SideOf = (entity: object, through: Through) => Side | undefined;

function finderIn(sides: readonly Side[]): SideOf {
  const byEntity = Map.groupBy(sides, ({ entity }) => entity);
  return (entity, through) => byEntity.get(entity)?.find(side => side.through === through);
}

/** Leaves each pair of an inverse side with one of the two sides. */
function share(inverse: Side, ownerOf: SideOf): void {
  for (const item of inverse.removed) {
    const owner = ownerOf(item, inverse.through);
    if (owner?.isCleared || owner?.removed.has(inverse.entity)) inverse.removed.delete(item);
  }
  for (const item of inverse.added) {
    const owner = ownerOf(item, inverse.through);
    if (!owner?.added.has(inverse.entity)) continue;
    if (inverse.isLoaded && !owner.isLoaded) owner.added.delete(inverse.entity);
    else inverse.added.delete(item);
  }
}

/** Removals from a collection that the other side clears are part of the clear. */
function dropCleared({ through, removed }: Side, inverseOf: SideOf): void {
  for (const item of removed) if (inverseOf(item, through)?.isCleared) removed.delete(item);
}
