import type { Collection, EntityProperty, UnitOfWork } from '@mikro-orm/core';
import type { Relations } from './relations.js';
import type { Through } from './through.js';

/** How a flush changes one collection, as far as it is not told from the other side. */
export interface CollectionChange {
  readonly through: Through;
  readonly entity: object;
  readonly prop: EntityProperty;
  readonly reverse: boolean;
  /** Everything that was there is removed, whatever it was. */
  readonly isCleared: boolean;
  readonly removed: ReadonlySet<object>;
  readonly added: ReadonlySet<object>;
  readonly exact: boolean;
}

/** One side of a change, before it is known which of the two tells. */
interface Side extends CollectionChange {
  readonly isLoaded: boolean;
  readonly removed: Set<object>;
  readonly added: Set<object>;
}

/**
 * The many-to-many changes of a flush. A relation that was followed on both sides shows in two collections; each
 * pair of entities is told by one: the owner's, unless only the other one was loaded.
 */
export function collectionChanges(
  uow: UnitOfWork,
  relations: Relations,
  isNew: (entity: object) => boolean,
): CollectionChange[] {
  const sides = dirtyCollections(uow).flatMap(collection => sideOf(collection, relations, uow, isNew));
  const owners = new Owners(sides.filter(({ reverse }) => !reverse));
  for (const inverse of sides.filter(({ reverse }) => reverse)) owners.share(inverse);
  return sides.filter(({ isCleared, removed, added }) => isCleared || removed.size > 0 || added.size > 0);
}

/** Those that a flush writes, and those that it writes later because they hold what is new on both sides. */
function dirtyCollections(uow: UnitOfWork): Collection<object>[] {
  const later = [...uow.getExtraUpdates()].flatMap(([, names, collection]) =>
    Array.isArray(names) ? [] : [collection],
  );
  return [...new Set([...uow.getCollectionUpdates(), ...(later as Collection<object>[])])];
}

function sideOf(
  collection: Collection<object>,
  relations: Relations,
  uow: UnitOfWork,
  isNew: (entity: object) => boolean,
): Side[] {
  const { owner: entity, property: prop } = collection as Collection<object> & {
    owner: object;
    property: EntityProperty;
  };
  const through = prop.kind === 'm:n' ? relations.throughOf(prop) : undefined;
  if (!through || uow.getRemoveStack().has(entity)) return [];
  const snapshot = collection.getSnapshot();
  const [before, now] = [new Set(snapshot), new Set(collection.getItems(false))];
  const isLoaded = collection.isInitialized() && !collection.isPartial();
  const side: Side = {
    ...{ through, entity, prop, isLoaded },
    reverse: !prop.owner,
    isCleared: collection.isInitialized() && snapshot === undefined && !isNew(entity),
    removed: before.difference(now),
    added: now.difference(before),
    exact: isLoaded,
  };
  return [side];
}

/** The owners' sides of the changes, which the other sides are compared with. */
class Owners {
  private readonly sides = new Map<object, Side[]>();

  constructor(sides: readonly Side[]) {
    for (const side of sides) this.sides.set(side.entity, [...(this.sides.get(side.entity) ?? []), side]);
  }

  /** Leaves each pair with one of the two sides. */
  share(inverse: Side): void {
    if (inverse.isCleared) this.dropRemovalsOf(inverse);
    for (const item of inverse.removed) {
      const owner = this.sideOf(item, inverse.through);
      if (owner?.isCleared || owner?.removed.has(inverse.entity)) inverse.removed.delete(item);
    }
    for (const item of inverse.added) {
      const owner = this.sideOf(item, inverse.through);
      if (!owner?.added.has(inverse.entity)) continue;
      if (inverse.isLoaded && !owner.isLoaded) owner.added.delete(inverse.entity);
      else inverse.added.delete(item);
    }
  }

  /** They are part of the clear. */
  private dropRemovalsOf(inverse: Side): void {
    for (const sides of this.sides.values()) {
      for (const side of sides) if (side.through === inverse.through) side.removed.delete(inverse.entity);
    }
  }

  private sideOf(entity: object, through: Through): Side | undefined {
    return this.sides.get(entity)?.find(side => side.through === through);
  }
}
