import type { Collection, EntityProperty } from '@mikro-orm/core';
import { cascades, collectionOf, relatedBy } from './related.js';
import { Cascade, helper } from '../peer.js';
import { getOrInsert } from '../../core/index.js';

/**
 * The new entities and changed collections that are attached to the entities of a flush since it began: MikroORM would
 * have found them before. Each entity is looked at once, however it is reached.
 */
export class Attached {
  /** The new entities that are not in the flush, each after those that it refers to. */
  readonly entities: object[] = [];
  /** The changed collections that the flush does not know of, by entity. */
  readonly collections = new Map<object, EntityProperty[]>();
  private readonly seen = new Set<object>();
  private readonly known: ReadonlySet<object>;

  /**
   * @param isInFlush - whether the flush writes the entity already.
   * @param known - the changed collections that the flush knows of.
   */
  constructor(
    private readonly isInFlush: (entity: object) => boolean,
    known: Iterable<object>,
  ) {
    this.known = new Set(known);
  }

  /** Goes on from an entity, over as many others as there are. */
  lookFrom(start: object): void {
    if (this.seen.has(start) || helper(start).__meta.relations.length === 0) return;
    this.seen.add(start);
    const path = [{ entity: start, next: this.unseen(start) }];
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const { entity, next } = last;
      const { value: target } = next.next();
      if (target) path.push({ entity: target, next: this.unseen(target) });
      else if (path.pop() && isNew(entity) && !this.isInFlush(entity)) this.entities.push(entity);
    }
  }

  private *unseen(entity: object): Generator<object, undefined> {
    for (const prop of helper(entity).__meta.relations) {
      const collection = collectionOf(entity, prop);
      // An untouched collection holds nothing new.
      if (collection && !(collection.isDirty() && this.follows(entity, prop, collection))) continue;
      for (const target of relatedBy(entity, prop)) {
        if (!isNew(target) || this.seen.has(target)) continue;
        this.seen.add(target);
        yield target;
      }
    }
  }

  /** Notes a changed collection. @returns whether its items come along. */
  private follows(entity: object, prop: EntityProperty, collection: Collection<object>): boolean {
    const isWritten = prop.kind === 'm:n' || collection.getSnapshot() === undefined;
    if (isWritten && !this.known.has(collection)) getOrInsert(this.collections, entity, () => []).push(prop);
    return prop.kind === 'm:n' || cascades(prop, Cascade.PERSIST);
  }
}

/** Returns whether the entity is neither stored nor a reference to a stored one. */
export function isNew(entity: object): boolean {
  const { __managed, __originalEntityData } = helper(entity);
  return !__managed && !__originalEntityData;
}
