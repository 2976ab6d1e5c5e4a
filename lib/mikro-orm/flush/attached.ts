import { cascades, collectionOf, relatedBy } from './related.js';
import { Cascade, helper } from '../peer.js';

/**
 * The new entities that hang on `entity` and that its flush would have found, had they hung there when it began:
 * over relations that cascade persisting, and on through new entities only.
 */
export function* attachedTo(entity: object, visited: Set<object>): Generator<object> {
  for (const prop of helper(entity).__meta.relations) {
    // What a collection that nobody touched holds cannot be new.
    if (!cascades(prop, Cascade.PERSIST) || collectionOf(entity, prop)?.isDirty() === false) continue;
    for (const target of relatedBy(entity, prop)) {
      if (visited.has(target) || helper(target).__originalEntityData) continue;
      visited.add(target);
      yield target;
      yield* attachedTo(target, visited);
    }
  }
}

/** Whether a collection of the entity was changed and not flushed. */
export function hasDirtyCollection(entity: object): boolean {
  return helper(entity).__meta.relations.some(prop => collectionOf(entity, prop)?.isDirty());
}
