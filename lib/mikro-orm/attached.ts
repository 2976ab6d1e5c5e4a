import { Cascade, type EntityProperty, helper, Reference, Utils } from '@mikro-orm/core';

/**
 * The new entities that hang on `entity` and that its flush would have found, had they hung there when it began:
 * over relations that cascade persisting, and on through new entities only.
 */
export function* attachedTo(entity: object, visited: Set<object>): Generator<object> {
  for (const prop of helper(entity).__meta.relations) {
    if (!cascades(prop)) continue;
    for (const target of targetsOf(entity, prop)) {
      if (visited.has(target) || helper(target).__originalEntityData) continue;
      visited.add(target);
      yield target;
      yield* attachedTo(target, visited);
    }
  }
}

/** Whether a collection of the entity was changed and not flushed. */
export function hasDirtyCollection(entity: object): boolean {
  return helper(entity).__meta.relations.some(prop => {
    const value = valueOf(entity, prop);
    return Utils.isCollection(value) && value.isDirty();
  });
}

function cascades({ cascade }: EntityProperty): boolean {
  return cascade?.includes(Cascade.PERSIST) || cascade?.includes(Cascade.ALL);
}

/** What a collection that nobody touched holds cannot be new. */
function targetsOf(entity: object, prop: EntityProperty): readonly object[] {
  const value = valueOf(entity, prop);
  if (Utils.isCollection<object>(value)) return value.isDirty() ? value.getItems(false) : [];
  const target: unknown = Reference.isReference(value) ? value.unwrap() : value;
  return Utils.isEntity<object>(target, true) ? [target] : [];
}

function valueOf(entity: object, { name }: EntityProperty): unknown {
  return (entity as Record<string, unknown>)[name];
}
